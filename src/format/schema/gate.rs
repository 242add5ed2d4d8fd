//! How each document begins, and the gate that each has to pass.

use serde::de::DeserializeOwned;

use super::kind::DocumentKind;
use crate::format::emit::Emitter;
use crate::format::error::FormatError;
use crate::format::{canonical, vault_yaml};
use crate::model::format::Format;

/// Reads the body of a document of one of these vaults: its fields after the checks that need no parser, the document that
/// `read` makes of them, and the gate, for which `emit` writes that again.
pub(super) fn read<F: DeserializeOwned, D, T: AsRef<[u8]>>(
    body: &[u8],
    kind: DocumentKind,
    vaults: &[&str],
    read: impl FnOnce(F, Format) -> Result<D, FormatError>,
    emit: impl FnOnce(&D) -> T,
) -> Result<D, FormatError> {
    let (format, text) = text(body, kind, vaults)?;
    // The first lines are read already.
    let rest = text.splitn(HEAD_LINES + 1, '\n').nth(HEAD_LINES).unwrap_or_default();
    let document = read(canonical::parse(rest, HEAD_LINES + 1)?, format)?;
    gate(body, emit(&document).as_ref())?;
    Ok(document)
}

/// Checks size, encoding, format, kind and vault.
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
        let known = found.parse::<DocumentKind>();
        return Err(known.map_or(FormatError::UnknownKind, |_| FormatError::WrongKind { expected: kind.as_str() }));
    }
    if format < kind.since() {
        return Err(FormatError::UnknownKind);
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
fn gate(body: &[u8], emitted: &[u8]) -> Result<(), FormatError> {
    if body == emitted {
        return Ok(());
    }
    let equal = body.iter().zip(emitted).take_while(|(a, b)| a == b);
    Err(FormatError::NotCanonical { line: equal.filter(|(byte, _)| **byte == b'\n').count() + 1 })
}
