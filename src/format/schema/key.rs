//! Key documents: the wraps of a key. In format 1 they also state its readers and versions.

use std::collections::BTreeMap;

use data_encoding::{BASE64, HEXLOWER};
use serde::Deserialize;

use super::extra::finish;
use super::field::{ascending, at_most, bytes, each, hex, is_base64, parsed, positive, unique};
use super::gate::{begin, read};
use super::head::{emit_head, read_head};
use super::key_version::{KeyVersionNumber, version_text};
use super::kind::DocumentKind;
use crate::crypto::agefile::{ARMOR_BEGIN, ARMOR_END, MAX_FILE};
use crate::format::emit::Emitter;
use crate::format::error::FormatError;
use crate::model::format::Format;
use crate::model::head::Head;
use crate::model::id::VaultId;
use crate::model::key::{Fingerprint, Key, KeyDocument, KeyState, KeyVersion, VersionState, Wrap};
use crate::model::team::MEMBERS_LIMIT;

const KIND: DocumentKind = DocumentKind::Key;
/// A reader has a few recipients at most.
const RECIPIENTS_LIMIT: usize = 16 * MEMBERS_LIMIT;

/// Reads the body of a key document of `vault`.
///
/// This does not check whether an admin signed it, nor what its wraps contain.
pub fn parse_key(body: &[u8], vault: &VaultId) -> Result<KeyDocument, FormatError> {
    let vault = vault.to_string();
    read(body, KIND, &[&vault], Fields::into_document, |key| emit(key, &vault, body.len()))
}

/// Writes the body of a key document in canonical form.
pub fn emit_key(key: &KeyDocument, vault: &VaultId) -> String {
    emit(key, &vault.to_string(), 1024 + 2048 * key.wraps.len())
}

fn emit(key: &KeyDocument, vault: &str, capacity: usize) -> String {
    let mut out = begin(key.head.format, KIND, vault, capacity);
    emit_head(&mut out, key.id, Some(key.name.as_str()), &key.head, None);
    match &key.stated {
        Some(stated) => emit_v1(&mut out, stated, &key.wraps),
        None => out.items("versions", &key.wraps, emit_wrap),
    }
    finish(out, key.head.format, &key.head.extra)
}

fn emit_wrap(out: &mut Emitter, wrap: &Wrap) {
    out.text("version", &version_text(wrap.number));
    out.texts("for", wrap.recipients.iter().map(|print| HEXLOWER.encode(print)));
    out.literal("wrapped", &wrap.wrapped);
}

fn emit_v1(out: &mut Emitter, stated: &Key, wraps: &[Wrap]) {
    out.text("description", &stated.description);
    out.shown("codec", stated.codec);
    out.shown("suite", stated.suite);
    out.number("current", stated.current);
    out.texts("readers", &stated.readers);
    let versions: Vec<_> = stated.versions.iter().zip(wraps).collect();
    out.items("versions", &versions, |out, (version, wrap)| {
        out.number("number", version.number);
        out.shown("created", version.created);
        out.shown("state", version.state);
        out.text("taint", &version.taint);
        out.text("check", &BASE64.encode(&version.check));
        out.text("seal", &version.seal);
        out.literal("wrapped", &wrap.wrapped);
    });
}

/// The fields of both formats: the gate refuses what the other one has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    id: String,
    name: String,
    rev: u64,
    trust: u64,
    modified: String,
    by: String,
    description: Option<String>,
    codec: Option<String>,
    suite: Option<String>,
    current: Option<u64>,
    readers: Option<Vec<String>>,
    versions: Vec<VersionFields>,
    extra: Option<BTreeMap<String, String>>,
    critical: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VersionFields {
    version: Option<KeyVersionNumber>,
    #[serde(default, rename = "for")]
    recipients: Vec<String>,
    number: Option<u64>,
    #[serde(default)]
    created: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    taint: String,
    #[serde(default)]
    check: String,
    #[serde(default)]
    seal: String,
    wrapped: String,
}

impl Fields {
    fn into_document(mut self, format: Format) -> Result<KeyDocument, FormatError> {
        let (extra, critical) = (self.extra.take(), self.critical.take());
        let head = read_head(format, self.rev, self.trust, &self.modified, &self.by, extra, critical)?;
        let document = match format {
            Format::V1 => self.into_v1(head)?,
            Format::V2 => KeyDocument {
                id: parsed(&self.id, "id")?,
                name: parsed(&self.name, "name")?,
                head,
                wraps: self.versions.into_iter().map(VersionFields::into_wrap).collect::<Result<_, _>>()?,
                stated: None,
            },
        };
        unique(document.wraps.iter().map(|wrap| wrap.number), "version")?;
        Ok(document)
    }

    fn into_v1(self, head: Head) -> Result<KeyDocument, FormatError> {
        let readers = self.readers.unwrap_or_default();
        at_most(readers.len(), MEMBERS_LIMIT, "readers")?;
        let pairs = self.versions.into_iter().map(VersionFields::into_v1).collect::<Result<Vec<_>, _>>()?;
        let (versions, wraps): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let key = Key {
            id: parsed(&self.id, "id")?,
            name: parsed(&self.name, "name")?,
            state: KeyState::Enabled,
            description: self.description.unwrap_or_default(),
            codec: parsed(&self.codec.unwrap_or_default(), "codec")?,
            suite: parsed(&self.suite.unwrap_or_default(), "suite")?,
            scopes: Vec::new(),
            readers: each(&readers, "readers")?,
            current: self.current.unwrap_or_default(),
            versions,
            floor: 1,
        };
        ascending(key.versions.iter().map(|version| version.number))?;
        unique(&key.readers, "reader")?;
        if key.current().is_none() {
            return Err(FormatError::field("current"));
        }
        Ok(KeyDocument { id: key.id, name: key.name.clone(), head, wraps, stated: Some(Box::new(key)) })
    }
}

impl VersionFields {
    fn into_wrap(self) -> Result<Wrap, FormatError> {
        at_most(self.recipients.len(), RECIPIENTS_LIMIT, "recipients")?;
        let recipients: Vec<Fingerprint> =
            self.recipients.iter().map(|text| hex(text, "for")).collect::<Result<_, _>>()?;
        if !recipients.is_sorted_by(|a, b| a < b) {
            return Err(FormatError::field("for"));
        }
        if !self.wrapped.is_empty() {
            check_armor(&self.wrapped)?;
        }
        Ok(Wrap {
            number: positive(self.version.map_or(0, |version| version.0), "version")?,
            recipients,
            wrapped: self.wrapped,
        })
    }

    fn into_v1(self) -> Result<(KeyVersion, Wrap), FormatError> {
        let number = positive(self.number.unwrap_or_default(), "number")?;
        let state = parsed(&self.state, "state")?;
        if !(self.wrapped.is_empty() && state == VersionState::Destroyed) {
            check_armor(&self.wrapped)?;
        }
        let version = KeyVersion {
            number,
            created: parsed(&self.created, "created")?,
            state,
            taint: self.taint,
            check: bytes(&self.check, "check")?,
            seal: self.seal,
        };
        Ok((version, Wrap { number, recipients: Vec::new(), wrapped: self.wrapped }))
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
