//! The head of documents with revisions.

use std::fmt::Display;

use super::extra::ExtraFields;
use super::field::{parsed, positive, written};
use crate::format::emit::Emitter;
use crate::format::error::FormatError;
use crate::model::format::Format;
use crate::model::head::Head;

/// Whether a document is a tombstone.
pub(super) const STATES: [(bool, &str); 2] = [(false, "active"), (true, "deleted")];

/// The word for it.
pub(super) fn state(deleted: bool) -> &'static str {
    written(deleted, &STATES)
}

/// What every document with revisions states about itself.
pub(super) fn read_head(
    format: Format,
    rev: u64,
    trust: u64,
    modified: &str,
    by: &str,
    extra: ExtraFields,
) -> Result<Head, FormatError> {
    Ok(Head {
        format,
        rev: positive(rev, "rev")?,
        trust: positive(trust, "trust")?,
        modified: parsed(modified, "modified")?,
        by: parsed(by, "by")?,
        extra: extra.read()?,
    })
}

/// Writes id, name and head. A key is never a tombstone, so it has no state.
pub(super) fn emit_head(
    out: &mut Emitter,
    id: impl Display,
    name: impl Display,
    head: &Head,
    state: Option<&'static str>,
) {
    out.shown("id", id);
    out.shown("name", name);
    out.number("rev", head.rev);
    out.number("trust", head.trust);
    if let Some(state) = state {
        out.text("state", state);
    }
    out.shown("modified", head.modified);
    out.shown("by", &head.by);
}
