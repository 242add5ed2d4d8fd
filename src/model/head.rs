//! What every signed document of a vault has, whatever its kind.

use std::collections::BTreeMap;

use super::format::Format;
use super::name::MemberName;
use super::time::Timestamp;

/// The common head of parameter, secret and key documents (FORMAT.md, documents).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The version of the format that it is written in.
    pub format: Format,
    /// Revision of the document: 1 at creation, one more at every write.
    pub rev: u64,
    /// Revision of the trust chain that the document was written under.
    pub trust: u64,
    /// When it was last written.
    pub modified: Timestamp,
    /// Who last wrote it; equal to the signer.
    pub by: MemberName,
    /// Fields of later programs: kept as they are through every change.
    pub extra: BTreeMap<String, String>,
}

impl Head {
    /// The head of a document that this program writes.
    pub fn new(rev: u64, trust: u64, modified: Timestamp, by: MemberName) -> Head {
        Head { format: Format::CURRENT, rev, trust, modified, by, extra: BTreeMap::new() }
    }
}
