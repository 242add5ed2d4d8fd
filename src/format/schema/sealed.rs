//! Sealed values, as documents state them. Their content can only be checked with the key.

use super::field::{is_base64, parsed, positive};
use super::key_version::{KeyVersionNumber, emit_key_version};
use crate::crypto::value::{AGE1, XC1};
use crate::format::emit::Emitter;
use crate::format::error::FormatError;
use crate::model::format::Format;
use crate::model::sealed::{KeyVersionId, Sealed, ValueType};

/// Writes what a value is, and the version of a key that it is sealed under.
pub(super) fn emit_seal(out: &mut Emitter, format: Format, sealed: &Sealed) {
    out.shown("type", sealed.value_type);
    out.shown("key", &sealed.key.name);
    emit_key_version(out, format, sealed.key.number);
}

/// Reads a value that is sealed under a key, in either codec. Its text has `limit` bytes at most.
pub(super) fn read_sealed(
    value_type: ValueType,
    key: &str,
    key_version: KeyVersionNumber,
    text: String,
    limit: usize,
) -> Result<Sealed, FormatError> {
    check_coded(&text, &[XC1, AGE1], limit)?;
    let key = KeyVersionId { name: parsed(key, "key")?, number: positive(key_version.0, "key_version")? };
    Ok(Sealed { value_type, key, text })
}

/// Reads the type of a value, one of some.
pub(super) fn value_type(word: &str, types: &[ValueType]) -> Result<ValueType, FormatError> {
    word.parse().ok().filter(|value_type| types.contains(value_type)).ok_or(FormatError::field("type"))
}

/// Refuses what is not one of some codecs followed by base64.
pub(super) fn check_coded(text: &str, codecs: &[&str], limit: usize) -> Result<(), FormatError> {
    let coded = codecs.iter().find_map(|codec| text.strip_prefix(codec));
    let fits = text.len() <= limit && coded.is_some_and(|coded| !coded.is_empty() && coded.bytes().all(is_base64));
    if fits { Ok(()) } else { Err(FormatError::field("value")) }
}
