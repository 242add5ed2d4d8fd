//! What passes through a vault: every opening of a value and every change, also those that are refused or fail.
//!
//! All of them go through one function, `Ledger::report`. Nothing is recorded yet: an audit log would be written there,
//! before a value leaves.

use std::sync::Arc;

use super::error::Error;
use crate::model::trust::Kind;

/// One opening or one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// What the vault was opened for, such as `param get`.
    pub purpose: String,
    /// What was done.
    pub deed: Deed,
    /// A parameter or a secret; `None` for keys, members and the vault as a whole.
    pub kind: Option<Kind>,
    /// The name, or the path if there is no name.
    pub name: String,
    /// The number of a parameter's version, the id of a secret's.
    pub version: Option<String>,
    /// Its labels or stages.
    pub labels: Vec<String>,
    /// The outcome.
    pub outcome: Outcome,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A value was opened.
    Open,
    /// A document was written.
    Change,
}

/// The outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused or failed, and why. Never contains a value.
    Failed(String),
}

impl Outcome {
    /// What a result says about it.
    pub(super) fn of<T>(result: &Result<T, Error>) -> Self {
        result.as_ref().map_or_else(|error| Outcome::Failed(error.to_string()), |_| Outcome::Done)
    }
}

/// Is called with each opening and each change, while a command runs.
pub trait Observer: Send + Sync {
    /// Something was opened, changed, refused or failed.
    fn observe(&self, access: Access);
}

/// Why a vault was opened, and who observes it.
#[derive(Clone, Default)]
pub struct Purpose {
    /// The command, such as `param get`.
    pub name: String,
    /// Nobody, in the program itself.
    pub observer: Option<Arc<dyn Observer>>,
}
