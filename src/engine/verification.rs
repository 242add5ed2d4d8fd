//! The options and the result of a verification.

pub(crate) use super::error::Finding;
use crate::model::period::Period;
use crate::model::time::Timestamp;

/// Whether a verification needs a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum CheckpointDemand {
    /// An existing one is compared.
    #[default]
    IfPresent,
    /// There must be one, and it must be valid now.
    Required {
        /// The time.
        now: Timestamp,
        /// How old it may be.
        age: Option<Period>,
    },
}

/// The result of a verification.
#[derive(Debug, Default)]
pub(crate) struct Verification {
    /// Valid snapshots of the trust chain, key, parameter and secret documents.
    pub documents: usize,
    /// Values that opened.
    pub values: usize,
    /// Values under keys that this identity cannot open.
    pub unread: usize,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
}
