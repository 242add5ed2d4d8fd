//! A mark: which revision of a document this machine has seen. A line of text, `<id> <rev> <sha256> <path>`.

use std::fmt;

use data_encoding::HEXLOWER;

use super::state_file::unhex;

/// The last seen state of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The document's (or key's) id.
    pub id: [u8; 16],
    /// The highest revision seen.
    pub rev: u64,
    /// SHA-256 of the whole file at that revision.
    pub hash: [u8; 32],
    /// Its path, relative to the vault.
    pub path: String,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", HEXLOWER.encode(&self.id), self.rev, HEXLOWER.encode(&self.hash), self.path)
    }
}

/// Whether a line has the fields of a mark, whatever is in them.
pub(super) fn has_fields(line: &str) -> bool {
    line.as_bytes().get(32) == Some(&b' ') && line.bytes().filter(|byte| *byte == b' ').count() == 3
}

/// The mark in a line.
pub(super) fn parse(line: &str) -> Option<Mark> {
    let mut fields = line.split(' ');
    let id = unhex(fields.next()?)?;
    let rev = fields.next()?.parse().ok()?;
    let hash = unhex(fields.next()?)?;
    let path = fields.next()?.to_owned();
    fields.next().is_none().then_some(Mark { id, rev, hash, path })
}
