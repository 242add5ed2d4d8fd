//! What a verification is asked for, and what it finds.

pub use super::error::Finding;

/// Whether a verification needs a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CheckpointDemand {
    /// One that is there is compared.
    #[default]
    IfPresent,
    /// There must be one.
    Required,
}

/// What a verification looked at and found.
#[derive(Debug, Default)]
pub struct Verification {
    /// Snapshots of the trust chain, key, parameter and secret documents that hold.
    pub documents: usize,
    /// Values that opened.
    pub values: usize,
    /// Values under keys that this identity cannot open.
    pub unread: usize,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
}
