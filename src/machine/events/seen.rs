//! What this machine has seen of each document: the state from which the next change of it is derived.
//!
//! A line of JSON for each, in 256 files by the first byte of the path's SHA-256. The newest state counts, in whatever directory and
//! on whatever branch it was.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::super::state::State;
use super::super::state_file::{self, StateError, number_of, numbered};
use super::journal;
use crate::model::event::Summary;

/// The summaries of a vault's documents.
#[derive(Debug, Clone)]
pub(crate) struct SeenStates {
    directory: PathBuf,
}

/// Since when changes are noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Since {
    /// Not every document was looked at yet: what was written after this instant is new.
    Instant(String),
    /// Every document was looked at: one that is not known is new.
    Always,
}

#[derive(Serialize, Deserialize)]
struct Line {
    path: String,
    #[serde(flatten)]
    summary: Summary,
}

impl SeenStates {
    /// Those of a vault.
    pub(crate) fn of(state: &State) -> Self {
        SeenStates { directory: journal::directory(state) }
    }

    /// The file that a path belongs to.
    pub(crate) fn number(path: &str) -> u8 {
        number_of(path)
    }

    /// The states in one of the files.
    pub(crate) fn load(&self, number: u8) -> Result<BTreeMap<String, Summary>, StateError> {
        state_file::read_lines(&self.file(number), |line| {
            let Line { path, summary } = serde_json::from_str(line).ok()?;
            Some((path, summary))
        })
    }

    /// Replaces them.
    pub(crate) fn store(&self, number: u8, states: BTreeMap<String, Summary>) -> Result<(), StateError> {
        let line = |(path, summary)| serde_json::to_string(&Line { path, summary }).unwrap_or_default();
        state_file::write_lines(&self.file(number), states.into_iter().map(line))
    }

    /// The revision of every document.
    pub(crate) fn revisions(&self) -> Result<BTreeMap<String, u64>, StateError> {
        let mut all = BTreeMap::new();
        for number in 0..=u8::MAX {
            all.extend(self.load(number)?.into_iter().map(|(path, summary)| (path, summary.rev)));
        }
        Ok(all)
    }

    /// Since when changes are noticed; `None` if they never were.
    pub(crate) fn since(&self) -> Result<Option<Since>, StateError> {
        let Some(bytes) = state_file::read(&self.directory.join("since"))? else { return Ok(None) };
        let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
        Ok(Some(if text == "always" { Since::Always } else { Since::Instant(text) }))
    }

    /// Remembers that.
    pub(crate) fn remember(&self, since: &Since) -> Result<(), StateError> {
        let text = if let Since::Instant(instant) = since { instant } else { "always" };
        state_file::write(&self.directory.join("since"), format!("{text}\n").as_bytes())
    }

    fn file(&self, number: u8) -> PathBuf {
        numbered(&self.directory.join("seen"), number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::State;
    use crate::model::event::Summarised;
    use crate::model::id::VaultId;

    #[test]
    fn states_come_back_and_a_damaged_file_is_no_empty_one() {
        let dir = tempfile::tempdir().unwrap();
        let seen = SeenStates::of(&State::new(dir.path(), VaultId([7; 32]), dir.path()));
        assert!(seen.load(7).unwrap().is_empty() && seen.since().unwrap().is_none());
        let bare = Summary::bare(Summarised::Parameter, "/a", "i".into(), 3, "2026-11-29T08:00:00Z".into(), "ana");
        let summary = Summary { labels: [("live".into(), "2".into())].into(), ..bare };
        let states: BTreeMap<_, _> = [("params/a.yaml".to_owned(), summary)].into();
        seen.store(7, states.clone()).unwrap();
        assert_eq!(seen.load(7).unwrap(), states);
        assert_eq!(seen.revisions().unwrap()["params/a.yaml"], 3);
        for since in [Since::Instant("2026-11-29T08:00:00Z".into()), Since::Always] {
            seen.remember(&since).unwrap();
            assert_eq!(seen.since().unwrap(), Some(since));
        }
        std::fs::write(seen.file(7), "junk\n").unwrap();
        assert!(matches!(seen.load(7), Err(StateError::Damaged { .. })));
    }
}
