//! What a verification is asked for, and what it finds.

use super::error::Error;

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

/// One thing that is wrong.
#[derive(Debug)]
pub enum Finding {
    /// A document cannot be trusted or read.
    Document {
        /// Relative to the vault.
        path: String,
        /// Why.
        error: Error,
    },
    /// A document that was seen on this branch is gone, with no tombstone in its place.
    Vanished {
        /// Relative to the vault.
        path: String,
        /// The highest revision seen.
        rev: u64,
    },
    /// A checkpoint was asked for and there is none.
    NoCheckpoint,
    /// A document of the checkpoint is gone.
    MissingFromCheckpoint {
        /// Its id.
        id: [u8; 16],
        /// The revision that it had.
        rev: u64,
        /// So many documents cannot be trusted and were never seen here: it may be one of those.
        unknown: usize,
    },
    /// Something lies in the vault that no vault holds: a link, a device, a file of another name.
    Foreign {
        /// Relative to the vault.
        path: String,
    },
}

impl Finding {
    /// The document that cannot be trusted or read, relative to the vault.
    pub fn document(&self) -> Option<&str> {
        match self {
            Finding::Document { path, .. } => Some(path),
            _ => None,
        }
    }
}
