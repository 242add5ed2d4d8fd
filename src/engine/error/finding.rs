//! Findings: what is wrong with a vault.

use super::Error;
use crate::format::path::CHECKPOINT;
use crate::model::time::Timestamp;

/// One thing that is wrong.
#[derive(Debug)]
pub enum Finding {
    /// A document cannot be trusted or read.
    Document {
        /// Relative to the vault.
        path: String,
        error: Error,
    },
    /// A document that was seen on this branch is missing, without a tombstone.
    Vanished {
        /// Relative to the vault.
        path: String,
        /// The highest revision seen.
        rev: u64,
    },
    /// A checkpoint is required and there is none.
    NoCheckpoint,
    /// A checkpoint is required, and the one that is there is no longer valid, or older than was asked for.
    OldCheckpoint {
        /// When it was made.
        created: Timestamp,
        /// Until when it was valid, if that is what is wrong.
        valid_until: Option<Timestamp>,
    },
    /// A document of the checkpoint is missing.
    MissingFromCheckpoint {
        id: [u8; 16],
        /// The revision that it had.
        rev: u64,
        /// The number of documents that cannot be trusted and were never seen here: it may be one of those.
        unknown: usize,
    },
    /// Something that does not belong in a vault: a link, a device, a file with another name.
    Foreign {
        /// Relative to the vault.
        path: String,
    },
    /// A copy that a file synchroniser made because two machines changed a file.
    Copy {
        /// Relative to the vault.
        path: String,
        /// The file that it is a copy of.
        original: String,
        /// What makes copies with such names.
        maker: &'static str,
    },
    /// Something with which git takes the vault's directory for a repository of its own.
    OfRepository {
        /// The first, relative to the vault.
        path: String,
        /// All of them.
        names: Vec<String>,
    },
}

impl Finding {
    /// The file that it is about, relative to the vault.
    pub(crate) fn path(&self) -> &str {
        match self {
            Finding::Document { path, .. }
            | Finding::Vanished { path, .. }
            | Finding::Foreign { path }
            | Finding::Copy { path, .. }
            | Finding::OfRepository { path, .. } => path,
            Finding::NoCheckpoint | Finding::OldCheckpoint { .. } | Finding::MissingFromCheckpoint { .. } => CHECKPOINT,
        }
    }

    /// The document that cannot be trusted or read, relative to the vault.
    pub(crate) fn document(&self) -> Option<&str> {
        match self {
            Finding::Document { path, .. } => Some(path),
            _ => None,
        }
    }
}
