//! Key documents: the wraps of a key. In format 1 they also state its readers and versions.

use std::collections::BTreeMap;

use data_encoding::{BASE64, HEXLOWER};
use serde::Deserialize;

use super::extra::{ExtraFields, emit_extra};
use super::field::{ascending, at_most, bytes, is_base64, parsed, positive, unique, word, written};
use super::gate::{begin, fields, gate};
use super::head::{emit_head, read_head};
use super::key_version::{KeyVersionNumber, version_text};
use super::kind::DocumentKind;
use super::stated_key::{CODECS, STATES, SUITES};
use crate::crypto::agefile::{ARMOR_BEGIN, ARMOR_END, MAX_FILE};
use crate::format::emit::Emitter;
use crate::format::error::FormatError;
use crate::model::format::Format;
use crate::model::head::Head;
use crate::model::id::VaultId;
use crate::model::key::{Fingerprint, Key, KeyDocument, KeyState, KeyVersion, VersionState, Wrap};
use crate::model::name::MemberName;
use crate::model::team::MEMBERS_LIMIT;

const KIND: DocumentKind = DocumentKind::Key;
/// A reader has a few recipients at most.
const RECIPIENTS_LIMIT: usize = 16 * MEMBERS_LIMIT;

/// Reads the body of a key document of `vault`.
///
/// This does not check whether an admin signed it, nor what its wraps contain.
pub fn parse_key(body: &[u8], vault: &VaultId) -> Result<KeyDocument, FormatError> {
    let vault = vault.to_string();
    let (format, fields) = fields::<Fields>(body, KIND, &[&vault])?;
    let key = fields.into_document(format)?;
    gate(body, &emit(&key, &vault, body.len()))?;
    Ok(key)
}

/// Writes the body of a key document in canonical form.
pub fn emit_key(key: &KeyDocument, vault: &VaultId) -> String {
    emit(key, &vault.to_string(), 1024 + 2048 * key.wraps.len())
}

fn emit(key: &KeyDocument, vault: &str, capacity: usize) -> String {
    let mut out = begin(key.head.format, KIND, vault, capacity);
    emit_head(&mut out, key.id, &key.name, &key.head, None);
    match &key.stated {
        Some(stated) => emit_v1(&mut out, stated, &key.wraps),
        None => out.items("versions", &key.wraps, emit_wrap),
    }
    emit_extra(&mut out, key.head.format, &key.head.extra);
    out.finish()
}

fn emit_wrap(out: &mut Emitter, wrap: &Wrap) {
    out.text("version", &version_text(wrap.number));
    out.texts("for", wrap.recipients.iter().map(|print| HEXLOWER.encode(print)));
    out.literal("wrapped", &wrap.wrapped);
}

fn emit_v1(out: &mut Emitter, stated: &Key, wraps: &[Wrap]) {
    out.text("description", &stated.description);
    out.text("codec", written(stated.codec, &CODECS));
    out.text("suite", written(stated.suite, &SUITES));
    out.number("current", stated.current);
    out.texts("readers", stated.readers.iter().map(MemberName::as_str));
    let versions: Vec<_> = stated.versions.iter().zip(wraps).collect();
    out.items("versions", &versions, |out, (version, wrap)| {
        out.number("number", version.number);
        out.shown("created", version.created);
        out.text("state", written(version.state, &STATES));
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
        let extra = ExtraFields::of(self.extra.take(), self.critical.take());
        let head = read_head(format, self.rev, self.trust, &self.modified, &self.by, extra)?;
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
            codec: word(&self.codec.unwrap_or_default(), &CODECS, "codec")?,
            suite: word(&self.suite.unwrap_or_default(), &SUITES, "suite")?,
            scopes: Vec::new(),
            readers: readers.iter().map(|reader| parsed(reader, "readers")).collect::<Result<_, _>>()?,
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
        let recipients: Option<Vec<Fingerprint>> = self.recipients.iter().map(|text| fingerprint(text)).collect();
        let recipients = recipients.filter(|prints| prints.is_sorted_by(|a, b| a < b));
        if !self.wrapped.is_empty() {
            check_armor(&self.wrapped)?;
        }
        Ok(Wrap {
            number: positive(self.version.map_or(0, |version| version.0), "version")?,
            recipients: recipients.ok_or(FormatError::field("for"))?,
            wrapped: self.wrapped,
        })
    }

    fn into_v1(self) -> Result<(KeyVersion, Wrap), FormatError> {
        let number = positive(self.number.unwrap_or_default(), "number")?;
        let state = word(&self.state, &STATES, "state")?;
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

fn fingerprint(text: &str) -> Option<Fingerprint> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
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
