//! A document with the tag of its file's content.

use super::document::AnyDocument;
use crate::store::{Expect, Tag};

/// A document that was read, and the content that it was read from.
pub(super) struct Loaded<D> {
    /// The document.
    pub(super) document: D,
    pub(super) tag: Tag,
}

impl<D: Into<AnyDocument>> Loaded<D> {
    /// The same as a document of any kind.
    pub(super) fn into_any(self) -> Loaded<AnyDocument> {
        Loaded { document: self.document.into(), tag: self.tag }
    }
}

impl<D> Loaded<D> {
    /// The content that a change of the document expects to replace.
    pub(super) fn expected(loaded: Option<&Self>) -> Expect {
        loaded.map_or(Expect::Absent, |loaded| Expect::Same(loaded.tag.clone()))
    }
}
