//! How each document begins, and the gate that each has to pass.

use serde::de::DeserializeOwned;

use super::kind::{DocumentKind, KINDS};
use crate::format::emit::Emitter;
use crate::format::error::FormatError;
use crate::format::{canonical, vault_yaml};
use crate::model::format::Format;

/// Reads a body's fields after the checks that need no parser: size, encoding, format, kind and vault. Those three lines are
/// read here, and the parser sees what follows.
pub(super) fn fields<W: DeserializeOwned>(
    body: &[u8],
    kind: DocumentKind,
    vaults: &[&str],
) -> Result<(Format, W), FormatError> {
    let (format, text) = text(body, kind, vaults)?;
    let rest = text.splitn(HEAD_LINES + 1, '\n').nth(HEAD_LINES).unwrap_or_default();
    Ok((format, canonical::parse(rest, HEAD_LINES + 1)?))
}

fn text<'a>(body: &'a [u8], kind: DocumentKind, vaults: &[&str]) -> Result<(Format, &'a str), FormatError> {
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
    Ok((head(text, kind, vaults)?, text))
}

/// Lines that every document begins with.
const HEAD_LINES: usize = 3;

/// The first three lines say what this is, so a precise error about the wrong document needs no parser.
fn head(text: &str, kind: DocumentKind, vaults: &[&str]) -> Result<Format, FormatError> {
    let mut lines = text.split('\n');
    let format = vault_yaml::read_format(lines.next().unwrap_or_default())?;
    let found = quoted(lines.next(), "kind: ").ok_or(FormatError::Malformed { line: 2 })?;
    if found != kind.as_str() {
        let known = KINDS.iter().any(|kind| kind.as_str() == found);
        return Err(if known { FormatError::WrongKind { expected: kind.as_str() } } else { FormatError::UnknownKind });
    }
    let vault = quoted(lines.next(), "vault: ").ok_or(FormatError::Malformed { line: 3 })?;
    if vaults.contains(&vault) { Ok(format) } else { Err(FormatError::OtherVault) }
}

/// The vault that a document says it is of, for one of another vault.
pub(super) fn vault_of(body: &[u8]) -> Result<String, FormatError> {
    let end = body.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).nth(HEAD_LINES - 1);
    let head = std::str::from_utf8(&body[..end.unwrap_or(0)]).map_err(|_| FormatError::NotUtf8)?;
    let line = head.split('\n').nth(HEAD_LINES - 1);
    Ok(quoted(line, "vault: ").ok_or(FormatError::Malformed { line: 3 })?.to_owned())
}

fn quoted<'a>(line: Option<&'a str>, key: &str) -> Option<&'a str> {
    line?.strip_prefix(key)?.strip_prefix('"')?.strip_suffix('"')
}

/// Begins a document with the three lines that every kind has.
pub(super) fn begin(format: Format, kind: DocumentKind, vault: &str, capacity: usize) -> Emitter {
    let mut emitter = Emitter::with_capacity(capacity);
    emitter.text("format", format.as_str());
    emitter.text("kind", kind.as_str());
    emitter.text("vault", vault);
    emitter
}

/// The gate: canonical text or nothing.
pub(super) fn gate(body: &[u8], emitted: &str) -> Result<(), FormatError> {
    if body == emitted.as_bytes() {
        return Ok(());
    }
    let equal = body.iter().zip(emitted.as_bytes()).take_while(|(a, b)| a == b);
    Err(FormatError::NotCanonical { line: equal.filter(|(byte, _)| **byte == b'\n').count() + 1 })
}
