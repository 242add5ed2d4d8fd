//! What every signed document of a vault has, whatever its kind.

use super::name::MemberName;
use super::time::Timestamp;

/// The common head of parameter, secret and key documents (FORMAT.md, documents).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Revision of the document: 1 at creation, one more at every write.
    pub rev: u64,
    /// Revision of the trust chain that the document was written under.
    pub trust: u64,
    /// When it was last written.
    pub modified: Timestamp,
    /// Who last wrote it; equal to the signer.
    pub by: MemberName,
}
