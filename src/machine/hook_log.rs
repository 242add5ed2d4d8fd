//! What hooks did, as lines of text on this machine: one file for each vault, and its predecessor.

use std::path::PathBuf;

use super::private;
use super::state::State;
use super::state_file::{self, StateError};

/// A file that would exceed this many bytes is rotated.
const LIMIT: usize = 1 << 20;

/// Adds a line, given without its line feed.
pub(crate) fn append(state: &State, line: &str) -> Result<(), StateError> {
    let directory = state.dir().join("hooks");
    let _lock = state_file::lock(&directory)?;
    let (current, old) = files(state);
    let mut text = state_file::read(&current)?.unwrap_or_default();
    if text.len() + line.len() >= LIMIT {
        state_file::write(&old, &text)?;
        text.clear();
        state_file::write(&current, &[])?;
    }
    Ok(private::append_private(&current, format!("{line}\n").as_bytes())?)
}

/// All stored lines, the newest last.
pub(crate) fn lines(state: &State) -> Result<Vec<String>, StateError> {
    let (current, old) = files(state);
    let mut lines = Vec::new();
    for path in [old, current] {
        let bytes = state_file::read(&path)?.unwrap_or_default();
        lines.extend(String::from_utf8_lossy(&bytes).lines().map(str::to_owned));
    }
    Ok(lines)
}

/// The current file, and the previous one.
fn files(state: &State) -> (PathBuf, PathBuf) {
    let directory = state.dir().join("hooks");
    (directory.join("log.jsonl"), directory.join("log.1.jsonl"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::model::id::VaultId;

    #[test]
    fn two_files_are_kept_and_the_newest_line_is_last() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::new(&dir.path().join("state"), VaultId([7; 32]), dir.path());
        assert!(lines(&state).unwrap().is_empty());
        let padding = "x".repeat(100_000);
        for number in 0..35 {
            append(&state, &format!("{number} {padding}")).unwrap();
        }
        let kept = lines(&state).unwrap();
        assert!(kept.last().unwrap().starts_with("34 "));
        let numbers: Vec<u32> = kept.iter().map(|line| line.split(' ').next().unwrap().parse().unwrap()).collect();
        assert!(numbers.is_sorted() && (10..=20).contains(&numbers.len()), "{numbers:?}");
        let (current, old) = files(&state);
        for path in [current, old] {
            let meta = std::fs::metadata(path).unwrap();
            assert!(meta.len() <= LIMIT as u64);
            assert_eq!(meta.permissions().mode() & 0o777, 0o600);
        }
    }
}
