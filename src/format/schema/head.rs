//! The head of documents with revisions.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::extra::extra;
use super::field::{parsed, positive};
use crate::format::emit::Emitter;
use crate::format::error::FormatError;
use crate::model::format::Format;
use crate::model::head::Head;

/// The words for a document and for its tombstone.
pub(super) const STATES: [&str; 2] = ["active", "deleted"];

/// Whether a document is a tombstone, by the words for what it is and for what it is not.
pub(super) fn has_ended(state: &str, states: [&str; 2]) -> Result<bool, FormatError> {
    let known = states.iter().position(|known| *known == state);
    known.map(|at| at == 1).ok_or(FormatError::field("state"))
}

/// What every document with revisions states about itself.
pub(super) fn read_head(
    format: Format,
    rev: u64,
    trust: u64,
    modified: &str,
    by: &str,
    extra_fields: Option<BTreeMap<String, String>>,
    critical: Option<Vec<String>>,
) -> Result<Head, FormatError> {
    Ok(Head {
        format,
        rev: positive(rev, "rev")?,
        trust: positive(trust, "trust")?,
        modified: parsed(modified, "modified")?,
        by: parsed(by, "by")?,
        extra: extra(extra_fields, critical)?,
    })
}

/// Writes id, name, if it has one, and head. A key is never a tombstone, so it has no state.
pub(super) fn emit_head(
    out: &mut Emitter,
    id: impl Display,
    name: Option<&str>,
    head: &Head,
    state: Option<&'static str>,
) {
    out.shown("id", id);
    if let Some(name) = name {
        out.text("name", name);
    }
    out.number("rev", head.rev);
    out.number("trust", head.trust);
    if let Some(state) = state {
        out.text("state", state);
    }
    out.shown("modified", head.modified);
    out.shown("by", &head.by);
}
