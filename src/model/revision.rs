//! A revision: identifies one state of a document.

/// One state of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision {
    /// Id of the document; zeros for a checkpoint, which has none.
    pub id: [u8; 16],
    /// Its number. For a checkpoint, which has none, the second in which it was made.
    pub rev: u64,
    /// SHA-256 of its whole file.
    pub hash: [u8; 32],
}
