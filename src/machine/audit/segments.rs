//! The files of a log, and the logs of a vault: this machine's own, and those that were brought here.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::super::private::PrivateError;
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
        let mut others = names(&self.directory)?;
        others.retain(|name| name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit()));
        others.sort();
        let own = self.own();
        let own = own.join(CURRENT).exists().then_some(own);
        Ok(own.into_iter().chain(others.iter().map(|name| self.foreign(name))).collect())
    }
}

/// The files of a log, the oldest first.
pub(super) fn segments(log: &Path) -> Result<Vec<PathBuf>, PrivateError> {
    let mut numbered: Vec<(u64, PathBuf)> = Vec::new();
    for name in names(log)? {
        numbered.extend(number(&name).map(|number| (number, log.join(&name))));
    }
    numbered.sort();
    let current = log.join(CURRENT);
    let current = current.exists().then_some(current);
    Ok(numbered.into_iter().map(|(_, path)| path).chain(current).collect())
}

/// The name of a file that is full, by the number of its first record.
pub(super) fn full(first: u64) -> String {
    format!("log.{first:012}.jsonl")
}

fn number(name: &str) -> Option<u64> {
    name.strip_prefix("log.")?.strip_suffix(".jsonl")?.parse().ok()
}

fn names(directory: &Path) -> Result<Vec<String>, PrivateError> {
    let failed = |source| PrivateError::Io { verb: "read", path: directory.to_owned(), source };
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry.map_err(failed)?.file_name().into_string().ok());
    }
    Ok(names)
}
