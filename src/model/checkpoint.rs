//! A checkpoint: what a vault held at one moment, so that a machine that has seen nothing yet can tell what went back.

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
