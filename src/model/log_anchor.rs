//! An anchor of a log of uses: what a member's log was at some time, kept in the vault.

use super::head::Head;
use super::id::DocId;
use super::name::MemberName;
use super::time::Timestamp;

/// How long the log of one machine was, and what its last record was, signed by the member whose log it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogAnchor {
    /// The log's own id.
    pub log: DocId,
    /// Revision, author and time.
    pub head: Head,
    /// Whose log it is: the author, and nobody else.
    pub member: MemberName,
    /// The user and the machine: `1000 ana@laptop`.
    pub origin: String,
    /// How many records it had; never fewer than in an earlier revision.
    pub size: u64,
    /// The SHA-256 of the last of them.
    pub hash: [u8; 32],
    /// When that was.
    pub at: Timestamp,
}

impl LogAnchor {
    /// Whether this may follow an earlier state: of the same member, with no fewer records, and of as many only the same.
    pub(crate) fn may_follow(&self, before: &LogAnchor) -> bool {
        let is_same = self.size == before.size && self.hash == before.hash;
        self.member == before.member && self.log == before.log && (self.size > before.size || is_same)
    }
}
