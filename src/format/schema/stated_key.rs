//! What a snapshot of the trust chain says of a key.

use data_encoding::BASE64;
use serde::Deserialize;

use super::field::{at_most, bytes, each, optional, parsed, positive, unique};
use super::key_version::{KeyVersionNumber, version_text};
use crate::format::emit::Emitter;
use crate::format::error::FormatError;
use crate::model::format::Format;
use crate::model::key::{Codec, Key, KeyState, KeyVersion, Suite};
use crate::model::team::MEMBERS_LIMIT;

pub(super) fn emit_key(out: &mut Emitter, key: &Key) {
    let (state, delete_after) = match key.state {
        KeyState::Enabled => ("enabled", None),
        KeyState::Disabled => ("disabled", None),
        KeyState::Deleting(after) => ("deleting", Some(after)),
    };
    out.shown("name", &key.name);
    out.shown("id", key.id);
    out.text("state", state);
    out.optional("delete_after", delete_after);
    out.text("description", &key.description);
    out.shown("codec", key.codec);
    out.shown("suite", key.suite);
    out.texts("scopes", key.scopes.iter().map(ToString::to_string));
    out.texts("readers", &key.readers);
    out.text("current", &version_text(key.current));
    out.items("versions", &key.versions, |out, version| {
        out.text("version", &version_text(version.number));
        out.shown("created", version.created);
        out.shown("state", version.state);
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
            codec: if is_v1 { Codec::Xc1 } else { parsed(&self.codec, "codec")? },
            suite: if is_v1 { Suite::Classic } else { parsed(&self.suite, "suite")? },
            scopes: each(&self.scopes, "scopes")?,
            readers: each(&self.readers, "readers")?,
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
            state: parsed(&self.state, "state")?,
            taint: self.taint,
            check: bytes(&self.check, "check")?,
            seal: self.seal,
        })
    }
}

fn state(word: &str, delete_after: &str) -> Result<KeyState, FormatError> {
    match (word, optional(delete_after, "delete_after")?) {
        ("enabled", None) => Ok(KeyState::Enabled),
        ("disabled", None) => Ok(KeyState::Disabled),
        ("deleting", Some(after)) => Ok(KeyState::Deleting(after)),
        _ => Err(FormatError::field("state")),
    }
}
