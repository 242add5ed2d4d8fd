//! A checkpoint: the content of a vault at one moment, so that a machine that has not seen the vault before can detect
//! a rollback.

use std::collections::BTreeMap;

use super::format::Format;
use super::name::MemberName;
use super::revision::Revision;
use super::time::Timestamp;

/// A signed list of all documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The version of the format that it is written in.
    pub format: Format,
    /// Last snapshot of the trust chain.
    pub trust: u64,
    /// When it was made.
    pub created: Timestamp,
    /// Until when it may be relied on; `None` for ever.
    pub valid_until: Option<Timestamp>,
    /// Who made it.
    pub by: MemberName,
    /// Every key, parameter and secret document, tombstones included, in order of id.
    pub documents: Vec<Revision>,
    /// Fields of later programs.
    pub extra: BTreeMap<String, String>,
}
