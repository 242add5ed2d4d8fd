//! How large a file may be that is read into a tree.

use crate::format::{FormatError, caps};

/// Limits of a file.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Bytes of the file, and of what its aliases unfold into.
    pub(super) bytes: usize,
    /// Scalars, lists and maps, counted after aliases were followed.
    pub(super) nodes: usize,
}

impl Limits {
    /// Of a file that is imported.
    pub(super) const IMPORT: Limits = Limits { bytes: caps::IMPORT, nodes: caps::IMPORT_NODES };
    /// Of a map of variables.
    pub(super) const MAP: Limits = Limits { bytes: caps::FOREIGN_MAP, nodes: caps::FOREIGN_NODES };

    pub(super) fn check(self, text: &str) -> Result<(), FormatError> {
        if text.len() > self.bytes { Err(self.exceeded()) } else { Ok(()) }
    }

    pub(super) fn exceeded(self) -> FormatError {
        FormatError::TooLarge { cap: self.bytes as u64 }
    }
}
