//! Key documents.

use data_encoding::BASE64;
use serde::Deserialize;

use super::extra::ExtraFields;
use super::field::{ascending, at_most, bytes, is_base64, parsed, positive, unique, word, written};
use super::gate::{begin, fields, gate};
use super::head::{emit_head, read_head};
use super::kind::DocumentKind;
use crate::crypto::agefile::{ARMOR_BEGIN, ARMOR_END, MAX_FILE};
use crate::format::emit::Emitter;
use crate::format::error::FormatError;
use crate::model::format::Format;
use crate::model::id::VaultId;
use crate::model::key::{Codec, Key, KeyState, KeyVersion, Suite};
use crate::model::name::MemberName;
use crate::model::team::MEMBERS_LIMIT;

const KIND: DocumentKind = DocumentKind::Key;
const STATES: [(KeyState, &str); 3] =
    [(KeyState::Enabled, "enabled"), (KeyState::Tainted, "tainted"), (KeyState::Destroyed, "destroyed")];
const CODECS: [(Codec, &str); 2] = [(Codec::Xc1, "xc1"), (Codec::Age1, "age1")];
const SUITES: [(Suite, &str); 2] = [(Suite::Classic, "classic"), (Suite::Pq, "pq")];

/// Reads the body of a key document of `vault`.
///
/// This does not check whether an admin signed it, nor what its wraps contain.
pub fn parse_key(body: &[u8], vault: &VaultId) -> Result<Key, FormatError> {
    let vault = vault.to_string();
    let (format, fields) = fields::<Fields>(body, KIND, &[&vault])?;
    let key = fields.into_key(format)?;
    gate(body, &emit(&key, &vault, body.len()))?;
    Ok(key)
}

/// Writes the body of a key document in canonical form.
pub fn emit_key(key: &Key, vault: &VaultId) -> String {
    emit(key, &vault.to_string(), 1024 + 2048 * key.versions.len())
}

fn emit(key: &Key, vault: &str, capacity: usize) -> String {
    let mut out = begin(key.head.format, KIND, vault, capacity);
    emit_head(&mut out, key.id, &key.name, &key.head, None);
    out.text("description", &key.description);
    out.text("codec", written(key.codec, &CODECS));
    out.text("suite", written(key.suite, &SUITES));
    out.number("current", key.current);
    out.texts("readers", key.readers.iter().map(MemberName::as_str));
    out.items("versions", &key.versions, emit_version);
    out.finish()
}

fn emit_version(out: &mut Emitter, version: &KeyVersion) {
    out.number("number", version.number);
    out.shown("created", version.created);
    out.text("state", written(version.state, &STATES));
    out.text("taint", &version.taint);
    out.text("check", &BASE64.encode(&version.check));
    out.text("seal", &version.seal);
    out.literal("wrapped", &version.wrapped);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    id: String,
    name: String,
    rev: u64,
    trust: u64,
    modified: String,
    by: String,
    description: String,
    codec: String,
    suite: String,
    current: u64,
    readers: Vec<String>,
    versions: Vec<VersionFields>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VersionFields {
    number: u64,
    created: String,
    state: String,
    taint: String,
    check: String,
    seal: String,
    wrapped: String,
}

impl Fields {
    fn into_key(self, format: Format) -> Result<Key, FormatError> {
        at_most(self.readers.len(), MEMBERS_LIMIT, "readers")?;
        let key = Key {
            id: parsed(&self.id, "id")?,
            name: parsed(&self.name, "name")?,
            head: read_head(format, self.rev, self.trust, &self.modified, &self.by, ExtraFields::default())?,
            description: self.description,
            codec: word(&self.codec, &CODECS, "codec")?,
            suite: word(&self.suite, &SUITES, "suite")?,
            current: self.current,
            readers: self.readers.iter().map(|reader| parsed(reader, "readers")).collect::<Result<_, _>>()?,
            versions: self.versions.into_iter().map(VersionFields::into_version).collect::<Result<_, _>>()?,
        };
        ascending(key.versions.iter().map(|version| version.number))?;
        unique(&key.readers, "reader")?;
        if key.version(key.current).is_none() {
            return Err(FormatError::field("current"));
        }
        Ok(key)
    }
}

impl VersionFields {
    fn into_version(self) -> Result<KeyVersion, FormatError> {
        let state = word(&self.state, &STATES, "state")?;
        let absent = self.wrapped.is_empty() && state == KeyState::Destroyed;
        if !absent {
            check_armor(&self.wrapped)?;
        }
        Ok(KeyVersion {
            number: positive(self.number, "number")?,
            created: parsed(&self.created, "created")?,
            state,
            taint: self.taint,
            check: bytes(&self.check, "check")?,
            seal: self.seal,
            wrapped: self.wrapped,
        })
    }
}

/// The outer form of an armored age file, so that a literal block holds it unchanged. The cap comes first: age reads its
/// header in quadratic time.
fn check_armor(text: &str) -> Result<(), FormatError> {
    let inside = text.strip_prefix(ARMOR_BEGIN).and_then(|rest| rest.strip_suffix('\n')?.strip_suffix(ARMOR_END));
    let lines = inside.and_then(|inside| inside.strip_prefix('\n'));
    let fits = text.len() <= MAX_FILE
        && lines.is_some_and(|lines| {
            lines.ends_with('\n') && lines.lines().all(|line| !line.is_empty() && line.bytes().all(is_base64))
        });
    if fits { Ok(()) } else { Err(FormatError::field("wrapped")) }
}
