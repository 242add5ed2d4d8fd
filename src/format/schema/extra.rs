//! Fields of later programs, at the end of a document (FORMAT.md, fields of later programs).

use std::collections::BTreeMap;

use super::field::at_most;
use crate::format::emit::Emitter;
use crate::format::error::FormatError;
use crate::model::format::Format;

/// Most such fields in a document.
const FIELDS: usize = 64;
/// The longest name of one, in bytes.
const NAME: usize = 64;
/// The longest text of one, in bytes.
const TEXT: usize = 4096;

/// The fields to carry along. This program knows none of them, so a critical one refuses the document.
pub(super) fn extra(
    extra: Option<BTreeMap<String, String>>,
    critical: Option<Vec<String>>,
) -> Result<BTreeMap<String, String>, FormatError> {
    let fields = extra.unwrap_or_default();
    at_most(fields.len(), FIELDS, "extra fields")?;
    if !fields.iter().all(|(name, text)| is_name(name) && text.len() <= TEXT) {
        return Err(FormatError::field("extra"));
    }
    match critical.and_then(|names| names.into_iter().next()) {
        None => Ok(fields),
        Some(name) if fields.contains_key(&name) => Err(FormatError::NewerFormat),
        Some(_) => Err(FormatError::field("critical")),
    }
}

/// Ends a document with them, if the format has them and there are any.
pub(super) fn finish(mut out: Emitter, format: Format, extra: &BTreeMap<String, String>) -> String {
    if format >= Format::V2 && !extra.is_empty() {
        out.map("extra", extra);
    }
    out.finish()
}

fn is_name(name: &str) -> bool {
    let is_fit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    (1..=NAME).contains(&name.len()) && name.bytes().all(is_fit)
}
