//! The files of a log, and the logs of a vault: this machine's own, and those that were brought here.

use std::path::{Path, PathBuf};

use super::super::private::{self, PrivateError};
use super::super::state::State;

/// The directory of this machine's own log.
const OWN: &str = "own";
/// The file that is appended to.
pub(super) const CURRENT: &str = "log.jsonl";
/// The signed notes about the log.
pub(super) const NOTES: &str = "notes";

/// The logs of a vault on this machine.
#[derive(Debug, Clone)]
pub(crate) struct Logs {
    directory: PathBuf,
}

impl Logs {
    /// Those of a vault.
    pub(crate) fn of(state: &State) -> Self {
        Logs { directory: state.dir().join("audit") }
    }

    /// The directory of this machine's own log.
    pub(crate) fn own(&self) -> PathBuf {
        self.directory.join(OWN)
    }

    /// The directory of a log that was brought here.
    pub(crate) fn foreign(&self, id: &str) -> PathBuf {
        self.directory.join(id)
    }

    /// The directories of all logs: this machine's own first, then the others by their ids.
    pub(crate) fn all(&self) -> Result<Vec<PathBuf>, PrivateError> {
        let mut others = private::names_in(&self.directory)?;
        others.retain(|name| is_id(name));
        others.sort();
        let own = self.own();
        let own = own.join(CURRENT).exists().then_some(own);
        Ok(own.into_iter().chain(others.iter().map(|name| self.foreign(name))).collect())
    }
}

/// The files of a log, the oldest first.
pub(super) fn segments(log: &Path) -> Result<Vec<PathBuf>, PrivateError> {
    let current = log.join(CURRENT);
    let current = current.exists().then_some(current);
    Ok(private::numbered_in(log, "log.")?.into_iter().map(|(_, path)| path).chain(current).collect())
}

/// The name of a file that is full, by the number of its first record.
pub(super) fn full(first: u64) -> String {
    format!("log.{first:012}.jsonl")
}

/// Whether a text can be the id of a log: 32 hexadecimal digits.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
