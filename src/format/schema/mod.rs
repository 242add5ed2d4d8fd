//! Documents and their fields: reading with every check that needs no key, writing in canonical form.
//!
//! Reading ends at one gate: what was read, written again, must be the very bytes that came in. Anchors, comments, odd
//! quoting, repeated or reordered fields and whatever else YAML allows are refused there, whatever the parser made of them.

mod checkpoint;
mod key;
mod parameter;
mod request;
mod rotation;
mod secret;
mod trust;

use std::collections::HashSet;
use std::hash::Hash;
use std::str::FromStr;

use serde::de::DeserializeOwned;

use super::emit::Emitter;
use super::error::FormatError;
use super::{canonical, vault_yaml};
use crate::crypto::base64;

pub use checkpoint::{emit_checkpoint, parse_checkpoint};
pub use key::{emit_key, parse_key};
pub use parameter::{emit_parameter, parse_parameter};
pub use request::{emit_request, parse_request};
pub use rotation::may_be_due;
pub use secret::{emit_secret, parse_secret};
pub use trust::{emit_trust, parse_trust};

/// The kinds of signed documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// A parameter or its tombstone.
    Parameter,
    /// A secret or its tombstone.
    Secret,
    /// The versions and wraps of one key.
    Key,
    /// One snapshot of the trust chain.
    Trust,
    /// A list of all documents.
    Checkpoint,
    /// A newcomer's request to join.
    Request,
}

impl DocumentKind {
    /// The word in the document.
    pub fn as_str(self) -> &'static str {
        match self {
            DocumentKind::Parameter => "parameter",
            DocumentKind::Secret => "secret",
            DocumentKind::Key => "key",
            DocumentKind::Trust => "trust",
            DocumentKind::Checkpoint => "checkpoint",
            DocumentKind::Request => "request",
        }
    }

    /// Most bytes that a document of this kind may have, trailer included.
    pub fn cap(self) -> u64 {
        match self {
            DocumentKind::Parameter | DocumentKind::Secret | DocumentKind::Checkpoint => super::caps::DOCUMENT,
            DocumentKind::Key | DocumentKind::Trust | DocumentKind::Request => super::caps::SMALL_DOCUMENT,
        }
    }
}

const KINDS: [DocumentKind; 6] = [
    DocumentKind::Parameter,
    DocumentKind::Secret,
    DocumentKind::Key,
    DocumentKind::Trust,
    DocumentKind::Checkpoint,
    DocumentKind::Request,
];

/// Reads a body's fields after the checks that need no parser: size, encoding, format, kind and vault.
fn fields<W: DeserializeOwned>(body: &[u8], kind: DocumentKind, vaults: &[&str]) -> Result<W, FormatError> {
    canonical::parse(text(body, kind, vaults)?)
}

fn text<'a>(body: &'a [u8], kind: DocumentKind, vaults: &[&str]) -> Result<&'a str, FormatError> {
    if body.len() as u64 > kind.cap() {
        return Err(FormatError::TooLarge { cap: kind.cap() });
    }
    let text = std::str::from_utf8(body).map_err(|_| FormatError::NotUtf8)?;
    if text.starts_with('\u{feff}') {
        return Err(FormatError::ByteOrderMark);
    }
    if body.contains(&b'\t') {
        return Err(FormatError::Tab);
    }
    if body.contains(&b'\r') {
        return Err(FormatError::CarriageReturn);
    }
    check_head(text, kind, vaults)?;
    Ok(text)
}

/// The first three lines say what this is, so an honest answer about the wrong document needs no parser.
fn check_head(text: &str, kind: DocumentKind, vaults: &[&str]) -> Result<(), FormatError> {
    let mut lines = text.split('\n');
    vault_yaml::check_format(lines.next().unwrap_or_default())?;
    let found = quoted(lines.next(), "kind: ").ok_or(FormatError::Malformed { line: 2 })?;
    if found != kind.as_str() {
        let known = KINDS.iter().any(|kind| kind.as_str() == found);
        return Err(if known { FormatError::WrongKind { expected: kind.as_str() } } else { FormatError::UnknownKind });
    }
    let vault = quoted(lines.next(), "vault: ").ok_or(FormatError::Malformed { line: 3 })?;
    if vaults.contains(&vault) { Ok(()) } else { Err(FormatError::OtherVault) }
}

fn quoted<'a>(line: Option<&'a str>, key: &str) -> Option<&'a str> {
    line?.strip_prefix(key)?.strip_prefix('"')?.strip_suffix('"')
}

/// Begins a document with the three lines that every kind has.
fn begin(kind: DocumentKind, vault: &str, capacity: usize) -> Emitter {
    let mut emitter = Emitter::with_capacity(capacity);
    emitter.text("format", "vault/v1");
    emitter.text("kind", kind.as_str());
    emitter.text("vault", vault);
    emitter
}

/// The gate: canonical text or nothing.
fn gate(body: &[u8], emitted: &str) -> Result<(), FormatError> {
    if body == emitted.as_bytes() {
        return Ok(());
    }
    let equal = body.iter().zip(emitted.as_bytes()).take_while(|(a, b)| a == b);
    Err(FormatError::NotCanonical { line: equal.filter(|(byte, _)| **byte == b'\n').count() + 1 })
}

fn parsed<T: FromStr>(text: &str, field: &'static str) -> Result<T, FormatError> {
    text.parse().map_err(|_| FormatError::field(field))
}

/// A text that may be empty.
fn optional<T: FromStr>(text: &str, field: &'static str) -> Result<Option<T>, FormatError> {
    if text.is_empty() { Ok(None) } else { parsed(text, field).map(Some) }
}

fn bytes<const N: usize>(text: &str, field: &'static str) -> Result<[u8; N], FormatError> {
    let bytes = base64::decode(text.as_bytes()).map_err(|_| FormatError::field(field))?;
    bytes.try_into().map_err(|_| FormatError::field(field))
}

/// The one of `words` that is written as `text`.
fn word<T: Copy>(text: &str, words: &[(T, &str)], field: &'static str) -> Result<T, FormatError> {
    let found = words.iter().find(|(_, word)| *word == text);
    found.map(|(meaning, _)| *meaning).ok_or(FormatError::field(field))
}

fn positive(number: u64, field: &'static str) -> Result<u64, FormatError> {
    if number == 0 { Err(FormatError::field(field)) } else { Ok(number) }
}

fn at_most(count: usize, limit: usize, what: &'static str) -> Result<(), FormatError> {
    if count > limit { Err(FormatError::TooMany { what, limit }) } else { Ok(()) }
}

fn unique<T: Eq + Hash>(items: impl IntoIterator<Item = T>, what: &'static str) -> Result<(), FormatError> {
    let mut seen = HashSet::new();
    if items.into_iter().all(|item| seen.insert(item)) { Ok(()) } else { Err(FormatError::Repeated { what }) }
}

/// Numbers of versions: from 1, each larger than the one before.
fn ascending(numbers: impl IntoIterator<Item = u64>) -> Result<(), FormatError> {
    let mut last = 0;
    for number in numbers {
        if number <= last {
            return Err(FormatError::field("number"));
        }
        last = number;
    }
    Ok(())
}

/// A sealed value: one of the two codecs, and base64. What is inside is for whoever holds the key.
fn check_sealed(text: &str, limit: usize) -> Result<(), FormatError> {
    let coded = text.strip_prefix("xc1:").or_else(|| text.strip_prefix("age1:"));
    let fits = text.len() <= limit && coded.is_some_and(|coded| !coded.is_empty() && coded.bytes().all(is_base64));
    if fits { Ok(()) } else { Err(FormatError::field("value")) }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

#[cfg(test)]
mod tests;
