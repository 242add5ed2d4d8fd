//! The first and the last record of a log.

use std::fs::File;
use std::path::Path;

use super::super::private;
use super::lines::{first_line, last_line};
use super::record::Record;
use super::segments::{CURRENT, segments};

/// The id that a log in a directory gives itself, if it has any record.
pub(super) fn id(log: &Path) -> Option<String> {
    Some(first_record(log)?.log.into_owned()).filter(|id| !id.is_empty())
}

/// The time of the first record that a log still has.
pub(crate) fn begun(log: &Path) -> Option<String> {
    Some(first_record(log)?.time.into_owned())
}

/// The time of the last whole record of a log.
pub(crate) fn ended(log: &Path) -> Option<String> {
    let file = private::open_memory(&log.join(CURRENT)).ok()?;
    let end = file.metadata().ok()?.len();
    let (_, last) = last_line(&file, end).ok()?;
    Some(Record::parse(&last?)?.time.into_owned())
}

fn first_record(log: &Path) -> Option<Record<'static>> {
    let first = segments(log).ok()?.into_iter().next()?;
    let line = first_line(&File::open(first).ok()?).ok()?;
    Record::parse(&line).map(Record::owned)
}
