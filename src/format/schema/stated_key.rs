//! What a snapshot of the trust chain says of a key.

use serde::Deserialize;

use super::field::{at_most, bytes, optional, parsed, positive, unique, word, written};
use super::key_version::{KeyVersionNumber, version_text};
use crate::format::emit::Emitter;
use crate::format::error::FormatError;
use crate::model::format::Format;
use crate::model::key::{Codec, Key, KeyState, KeyVersion, Suite, VersionState};
use crate::model::name::MemberName;
use crate::model::team::MEMBERS_LIMIT;
use crate::model::time::Timestamp;
use data_encoding::BASE64;

pub(super) const STATES: [(VersionState, &str); 3] =
    [(VersionState::Enabled, "enabled"), (VersionState::Tainted, "tainted"), (VersionState::Destroyed, "destroyed")];
pub(super) const CODECS: [(Codec, &str); 2] = [(Codec::Xc1, "xc1"), (Codec::Age1, "age1")];
pub(super) const SUITES: [(Suite, &str); 2] = [(Suite::Classic, "classic"), (Suite::Pq, "pq")];

pub(super) fn emit_key(out: &mut Emitter, key: &Key) {
    let (state, delete_after) = match key.state {
        KeyState::Enabled => ("enabled", String::new()),
        KeyState::Disabled => ("disabled", String::new()),
        KeyState::Deleting(after) => ("deleting", after.to_string()),
    };
    out.shown("name", &key.name);
    out.shown("id", key.id);
    out.text("state", state);
    out.text("delete_after", &delete_after);
    out.text("description", &key.description);
    out.text("codec", written(key.codec, &CODECS));
    out.text("suite", written(key.suite, &SUITES));
    out.texts("scopes", key.scopes.iter().map(ToString::to_string));
    out.texts("readers", key.readers.iter().map(MemberName::as_str));
    out.text("current", &version_text(key.current));
    out.items("versions", &key.versions, |out, version| {
        out.text("version", &version_text(version.number));
        out.shown("created", version.created);
        out.text("state", written(version.state, &STATES));
        out.text("taint", &version.taint);
        out.text("check", &BASE64.encode(&version.check));
        out.text("seal", &version.seal);
    });
}

/// The fields of both formats: the gate refuses what the other one has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyFields {
    name: String,
    id: String,
    floor: Option<u64>,
    #[serde(default)]
    state: String,
    #[serde(default)]
    delete_after: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    codec: String,
    #[serde(default)]
    suite: String,
    scopes: Vec<String>,
    #[serde(default)]
    readers: Vec<String>,
    current: Option<KeyVersionNumber>,
    #[serde(default)]
    versions: Vec<VersionFields>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VersionFields {
    version: KeyVersionNumber,
    created: String,
    state: String,
    taint: String,
    check: String,
    seal: String,
}

impl KeyFields {
    pub(super) fn into_key(self, format: Format) -> Result<Key, FormatError> {
        at_most(self.readers.len(), MEMBERS_LIMIT, "readers")?;
        let is_v1 = format == Format::V1;
        let key = Key {
            name: parsed(&self.name, "name")?,
            id: parsed(&self.id, "id")?,
            state: if is_v1 { KeyState::Enabled } else { state(&self.state, &self.delete_after)? },
            description: self.description,
            codec: if is_v1 { Codec::Xc1 } else { word(&self.codec, &CODECS, "codec")? },
            suite: if is_v1 { Suite::Classic } else { word(&self.suite, &SUITES, "suite")? },
            scopes: self.scopes.iter().map(|scope| parsed(scope, "scopes")).collect::<Result<_, _>>()?,
            readers: self.readers.iter().map(|reader| parsed(reader, "readers")).collect::<Result<_, _>>()?,
            current: self.current.map_or(0, |version| version.0),
            versions: self.versions.into_iter().map(VersionFields::into_version).collect::<Result<_, _>>()?,
            floor: positive(self.floor.unwrap_or(1), "floor")?,
        };
        unique(&key.readers, "reader")?;
        unique(key.versions.iter().map(|version| version.number), "version")?;
        if !is_v1 && key.current().is_none() {
            return Err(FormatError::field("current"));
        }
        Ok(key)
    }
}

impl VersionFields {
    fn into_version(self) -> Result<KeyVersion, FormatError> {
        Ok(KeyVersion {
            number: positive(self.version.0, "version")?,
            created: parsed(&self.created, "created")?,
            state: word(&self.state, &STATES, "state")?,
            taint: self.taint,
            check: bytes(&self.check, "check")?,
            seal: self.seal,
        })
    }
}

fn state(word: &str, delete_after: &str) -> Result<KeyState, FormatError> {
    let after: Option<Timestamp> = optional(delete_after, "delete_after")?;
    match (word, after) {
        ("enabled", None) => Ok(KeyState::Enabled),
        ("disabled", None) => Ok(KeyState::Disabled),
        ("deleting", Some(after)) => Ok(KeyState::Deleting(after)),
        _ => Err(FormatError::field("state")),
    }
}
