//! Which names were opened last, by the end of this machine's log.

use std::io::{Seek, SeekFrom};

use super::super::private::{self, PrivateError};
use super::lines::each_line_of;
use super::record::{Action, Record};
use super::segments::{CURRENT, Logs};

/// How much of the log is read: some hundred records.
const END: u64 = 128 << 10;

/// The kind and the name of what was opened last, the newest first, each once. Nothing is known without a log.
pub(crate) fn recent(logs: &Logs) -> Vec<(String, String)> {
    let mut names = opened(logs).unwrap_or_default();
    names.reverse();
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

/// The same in the order of the records. The first line that is read may be half a one, which is no record.
fn opened(logs: &Logs) -> Result<Vec<(String, String)>, PrivateError> {
    let path = logs.own().join(CURRENT);
    let mut file = private::open_memory(&path)?;
    let failed = |source| PrivateError::Io { verb: "read", path: path.clone(), source };
    let length = file.metadata().map_err(failed)?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END))).map_err(failed)?;
    let mut names = Vec::new();
    each_line_of(&path, file, |line| {
        let record = Record::parse(line).filter(|record| record.action == Action::Open);
        names.extend(record.map(|record| (record.kind.into_owned(), record.name.into_owned())));
    })?;
    Ok(names)
}
