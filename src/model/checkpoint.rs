//! A checkpoint: the content of a vault at one moment, so that a machine that has not seen the vault before can detect
//! a rollback.

use super::name::MemberName;
use super::revision::Revision;
use super::time::Timestamp;

/// A signed list of all documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Last snapshot of the trust chain.
    pub trust: u64,
    /// When it was made.
    pub created: Timestamp,
    /// Who made it.
    pub by: MemberName,
    /// Every key, parameter and secret document, tombstones included, in order of id.
    pub documents: Vec<Revision>,
}
