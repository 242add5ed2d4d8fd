//! Reading one field: its form, and the rules for it and its neighbours.

use std::collections::HashSet;
use std::hash::Hash;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};

use crate::crypto::base64;
use crate::format::error::FormatError;

pub(super) fn parsed<T: FromStr>(text: &str, field: &'static str) -> Result<T, FormatError> {
    text.parse().map_err(|_| FormatError::field(field))
}

/// A text that may be empty.
pub(super) fn optional<T: FromStr>(text: &str, field: &'static str) -> Result<Option<T>, FormatError> {
    if text.is_empty() { Ok(None) } else { parsed(text, field).map(Some) }
}

pub(super) fn each<T: FromStr, C: FromIterator<T>>(texts: &[String], field: &'static str) -> Result<C, FormatError> {
    texts.iter().map(|text| parsed(text, field)).collect()
}

pub(super) fn bytes<const N: usize>(text: &str, field: &'static str) -> Result<[u8; N], FormatError> {
    let bytes = base64::decode(text.as_bytes()).map_err(|_| FormatError::field(field))?;
    bytes.try_into().map_err(|_| FormatError::field(field))
}

pub(super) fn hex<const N: usize>(text: &str, field: &'static str) -> Result<[u8; N], FormatError> {
    let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| FormatError::field(field))?;
    bytes.try_into().map_err(|_| FormatError::field(field))
}

const SIGN: &str = "ed25519:";

/// The public half of a signing key.
pub(super) fn signing_key(text: &str) -> Result<[u8; 32], FormatError> {
    bytes(text.strip_prefix(SIGN).ok_or(FormatError::field("sign"))?, "sign")
}

pub(super) fn signing_key_text(key: &[u8; 32]) -> String {
    format!("{SIGN}{}", BASE64.encode(key))
}

pub(super) fn positive(number: u64, field: &'static str) -> Result<u64, FormatError> {
    if number == 0 { Err(FormatError::field(field)) } else { Ok(number) }
}

pub(super) fn at_most(count: usize, limit: usize, what: &'static str) -> Result<(), FormatError> {
    if count > limit { Err(FormatError::TooMany { what, limit }) } else { Ok(()) }
}

pub(super) fn unique<T: Eq + Hash>(items: impl IntoIterator<Item = T>, what: &'static str) -> Result<(), FormatError> {
    let mut seen = HashSet::new();
    if items.into_iter().all(|item| seen.insert(item)) { Ok(()) } else { Err(FormatError::Repeated { what }) }
}

/// Numbers of versions: from 1, each larger than the one before.
pub(super) fn ascending(numbers: impl IntoIterator<Item = u64>) -> Result<(), FormatError> {
    let mut last = 0;
    for number in numbers {
        if number <= last {
            return Err(FormatError::field("number"));
        }
        last = number;
    }
    Ok(())
}

pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}
