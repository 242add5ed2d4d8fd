//! What passes through a vault: every opening of a value and every change, also those that are refused or fail.
//!
//! All of them go through one function, `Vault::report`, before a value leaves. The observer of the command line writes
//! the log of this machine (`machine/audit`).

use std::sync::Arc;

use super::error::Error;
use crate::machine::{Head, State};
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
    /// How often it was done: once, or several times within a second for one client of the server.
    pub times: u64,
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
    /// A missing right or a rule refused it, and why. Never contains a value.
    Refused(String),
    /// It failed, and why. Never contains a value.
    Failed(String),
}

impl Outcome {
    /// What a result says about it.
    pub(super) fn of<T>(result: &Result<T, Error>) -> Self {
        match result {
            Ok(_) => Outcome::Done,
            Err(error) if is_refusal(error) => Outcome::Refused(error.to_string()),
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }
}

/// Whether a right is missing or a rule says no.
fn is_refusal(error: &Error) -> bool {
    matches!(
        error,
        Error::NotAReader { .. }
            | Error::NotAWriter { .. }
            | Error::NotAMember
            | Error::NotAnAdmin(_)
            | Error::Team(_)
            | Error::NotLogged(_)
            | Error::NoReason { .. }
    )
}

/// Why something could not be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlogged(pub String);

/// Is called with each opening and each change, while a command runs.
pub trait Observer: Send + Sync {
    /// Something was opened, changed, refused or failed, by this member if it is known who. `place` is where this machine
    /// keeps what it knows of the vault.
    fn observe(&self, place: &State, purpose: &Purpose, member: Option<&str>, access: Access) -> Result<(), Unlogged>;

    /// What was recorded is on the disk when this returns.
    fn settle(&self, _place: &State) -> Result<(), Unlogged> {
        Ok(())
    }

    /// The end of the log, if it should be signed now, and the time.
    fn unsigned(&self, _place: &State) -> Option<(Head, String)> {
        None
    }

    /// The end of the log was signed.
    fn signed(&self, _place: &State, _note: &str) {}
}

/// Why a vault was opened, and who observes it.
#[derive(Clone, Default)]
pub struct Purpose {
    /// The command, such as `param get`.
    pub name: String,
    /// Whether the command looks into everything and hands nothing out.
    pub is_sweep: bool,
    /// The name, path or reference as it was typed, if one was.
    pub typed: String,
    /// The program that gets the values, or the file that they are written to.
    pub program: String,
    /// The reason that the user gives.
    pub reason: String,
    /// The credential with which a program called the server, if one did.
    pub caller: String,
    /// How many targets of events run one below the other here: 0 if none does.
    pub depth: u32,
    /// Who records what is opened and changed.
    pub observer: Option<Arc<dyn Observer>>,
}
