//! A document that was read, with the hash of its file.

use super::document::AnyDocument;
use crate::store::Expect;

/// A document that was read, and the content that it was read from.
pub(super) struct Loaded<D> {
    pub(super) document: D,
    /// SHA-256 of the file as it was read.
    pub(super) as_read: [u8; 32],
}

impl<D: Into<AnyDocument>> Loaded<D> {
    /// The same as a document of any kind.
    pub(super) fn into_any(self) -> Loaded<AnyDocument> {
        Loaded { document: self.document.into(), as_read: self.as_read }
    }
}

impl<D> Loaded<D> {
    /// The content that a change of the document expects to replace.
    pub(super) fn expected(loaded: Option<&Self>) -> Expect {
        loaded.map_or(Expect::Absent, |loaded| Expect::Same(loaded.as_read))
    }
}
