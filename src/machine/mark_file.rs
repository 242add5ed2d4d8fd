//! Files with marks, one a line.

use std::fs;
use std::path::Path;

use super::mark::{Mark, parse};
use super::state_file::{self, StateError};

/// The marks in a file; none if it does not exist.
pub(super) fn read(path: &Path) -> Result<Vec<Mark>, StateError> {
    read_text(path)?.unwrap_or_default().lines().map(parse).collect::<Option<_>>().ok_or_else(|| damaged(path))
}

/// The text of a file with marks; `None` if it does not exist.
pub(super) fn read_text(path: &Path) -> Result<Option<String>, StateError> {
    let bytes = state_file::read(path)?;
    bytes.map(|bytes| String::from_utf8(bytes).map_err(|_| damaged(path))).transpose()
}

/// The marks in the files of that number of all places.
pub(super) fn of_places(places: &Path, number: u8) -> Result<Vec<Mark>, StateError> {
    let mut marks = Vec::new();
    for place in fs::read_dir(places).into_iter().flatten().flatten() {
        marks.extend(read(&place.path().join(format!("{number:02x}")))?);
    }
    Ok(marks)
}

pub(super) fn damaged(path: &Path) -> StateError {
    StateError::Damaged { path: path.to_owned() }
}
