//! The journal: one line for each event, in files that are dropped when there are too many or they are too old.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::audit::last_line;
use super::super::private::{self, PrivateError};
use super::super::state::State;
use super::super::state_file::{self, StateError};
use crate::model::event::Event;
use crate::store::locked::LockedFile;

/// A file that has this many bytes is full.
const FULL: u64 = 4 << 20;
/// How many full files are kept.
const KEPT: usize = 8;
/// The file that is appended to.
const CURRENT: &str = "journal.jsonl";

/// An event, and how it came into the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Counts the events of this machine, from 1.
    pub seq: u64,
    /// When it was noticed here.
    pub raised: String,
    /// How many targets ran one below the other until it happened: 0 unless a target changed something.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub depth: u32,
    /// What happened.
    pub event: Event,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The events of a vault on this machine.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    directory: PathBuf,
    full: u64,
}

impl Journal {
    /// Those of a vault.
    pub(crate) fn of(state: &State) -> Self {
        Journal { directory: directory(state), full: FULL }
    }

    /// Waits until nobody else writes here.
    pub(crate) fn lock(&self) -> Result<LockedFile, StateError> {
        state_file::lock(&self.directory)
    }

    /// Adds events; the lock is held. They are on the disk when this returns.
    pub(crate) fn append(&self, raised: &str, depth: u32, events: Vec<Event>) -> Result<(), StateError> {
        if events.is_empty() {
            return Ok(());
        }
        let path = self.directory.join(CURRENT);
        let (mut file, end) = private::open_appended(&path)?;
        let (whole, last) = last_line(&file, end).map_err(|source| failed("read", &path, source))?;
        let seq = match last.as_deref().and_then(|line| serde_json::from_slice::<Entry>(line).ok()) {
            Some(last) => last.seq,
            None => self.last_of_full()?,
        };
        let mut text = String::new();
        for (seq, event) in (seq + 1..).zip(events) {
            let entry = Entry { seq, raised: raised.to_owned(), depth, event };
            text.push_str(&serde_json::to_string(&entry).unwrap_or_default());
            text.push('\n');
        }
        let written = if whole < end { file.set_len(whole) } else { Ok(()) };
        let written = written.and_then(|()| file.write_all(text.as_bytes())).and_then(|()| file.sync_data());
        if let Err(source) = written {
            let _ = file.set_len(whole);
            return Err(failed("write", &path, source));
        }
        if whole + text.len() as u64 >= self.full { self.rotate(&path, seq + 1) } else { Ok(()) }
    }

    /// Calls `visit` with the entries above a number, the oldest first. What cannot be read is skipped.
    pub(crate) fn after(&self, seq: u64, mut visit: impl FnMut(Entry)) -> Result<(), StateError> {
        let full = self.full_files()?;
        let begins_later = full.iter().skip(1).map(|(first, _)| *first).chain([u64::MAX]);
        let wanted = full.iter().zip(begins_later).filter(|(_, next)| next.saturating_sub(1) > seq);
        let paths = wanted.map(|((_, path), _)| path.clone()).chain([self.directory.join(CURRENT)]);
        for path in paths {
            let Some(bytes) = state_file::read(&path)? else { continue };
            let entries =
                bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Entry>(line).ok());
            entries.filter(|entry| entry.seq > seq).for_each(&mut visit);
        }
        Ok(())
    }

    /// The number of the last event; 0 if there is none.
    pub(crate) fn last(&self) -> Result<u64, StateError> {
        let path = self.directory.join(CURRENT);
        let file = match private::open_memory(&path) {
            Err(PrivateError::Absent { .. }) => return self.last_of_full(),
            opened => opened?,
        };
        let end = file.metadata().map_err(|source| failed("read", &path, source))?.len();
        let last = last_line(&file, end).map_err(|source| failed("read", &path, source))?.1;
        let last = last.and_then(|line| serde_json::from_slice::<Entry>(&line).ok());
        last.map_or_else(|| self.last_of_full(), |last| Ok(last.seq))
    }

    /// Drops full files whose last event is older than an instant, but never the newest of them, from which the numbers go on.
    pub(crate) fn drop_before(&self, oldest: &str) -> Result<(), StateError> {
        let mut full = self.full_files()?;
        full.pop();
        for (_, path) in full {
            match last_of(&path)? {
                Some(last) if *last.raised < *oldest => state_file::remove(&path)?,
                _ => break,
            }
        }
        Ok(())
    }

    fn rotate(&self, path: &Path, first: u64) -> Result<(), StateError> {
        let full = self.directory.join(format!("journal.{first:012}.jsonl"));
        fs::rename(path, &full).map_err(|source| failed("write", &full, source))?;
        let full = self.full_files()?;
        full.iter().take(full.len().saturating_sub(KEPT)).try_for_each(|(_, path)| state_file::remove(path))
    }

    fn last_of_full(&self) -> Result<u64, StateError> {
        let last = self.full_files()?.pop().map(|(_, path)| last_of(&path)).transpose()?;
        Ok(last.flatten().map_or(0, |entry| entry.seq))
    }

    /// The full files by the number of their first event.
    fn full_files(&self) -> Result<Vec<(u64, PathBuf)>, StateError> {
        Ok(private::numbered_in(&self.directory, "journal.")?)
    }
}

/// Where what is kept of events lies.
pub(super) fn directory(state: &State) -> PathBuf {
    state.dir().join("events")
}

fn last_of(path: &Path) -> Result<Option<Entry>, StateError> {
    let bytes = state_file::read(path)?.unwrap_or_default();
    let mut lines = bytes.split(|byte| *byte == b'\n').rev();
    Ok(lines.find_map(|line| serde_json::from_slice(line).ok()))
}

fn failed(verb: &'static str, path: &Path, source: io::Error) -> StateError {
    PrivateError::Io { verb, path: path.to_owned(), source }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal(dir: &tempfile::TempDir) -> Journal {
        Journal { directory: dir.path().join("events"), full: 2_000 }
    }

    fn event(id: &str) -> Event {
        Event {
            version: "0".into(),
            id: id.into(),
            detail_type: "Parameter Store Change".into(),
            source: "aws.ssm".into(),
            account: "1".into(),
            time: "2026-11-29T08:00:00Z".into(),
            region: "us-east-1".into(),
            resources: vec!["arn".into()],
            detail: serde_json::json!({"operation": "Update", "name": "/a"}),
        }
    }

    fn ids(journal: &Journal, seq: u64) -> Vec<(u64, String)> {
        let mut ids = Vec::new();
        journal.after(seq, |entry| ids.push((entry.seq, entry.event.id))).unwrap();
        ids
    }

    #[test]
    fn events_are_numbered_over_files_and_the_oldest_files_go() {
        let dir = tempfile::tempdir().unwrap();
        let journal = journal(&dir);
        assert_eq!((journal.last().unwrap(), ids(&journal, 0)), (0, vec![]));
        for number in 1..=100 {
            journal.append("2026-11-29T08:00:00Z", 0, vec![event(&number.to_string())]).unwrap();
            assert_eq!(journal.last().unwrap(), number);
        }
        let kept = ids(&journal, 0);
        assert_eq!(kept.last().unwrap().0, 100);
        assert!(kept.windows(2).all(|pair| pair[0].0 + 1 == pair[1].0) && kept[0].0 > 1, "{kept:?}");
        assert_eq!(ids(&journal, 97).len(), 3);
        assert_eq!(journal.full_files().unwrap().len(), KEPT);
        journal.drop_before("2026-11-29T09:00:00Z").unwrap();
        assert_eq!(journal.full_files().unwrap().len(), 1);
        let _ = fs::remove_file(journal.directory.join(CURRENT));
        let last = journal.last().unwrap();
        journal.append("2026-11-29T08:00:00Z", 0, vec![event("x")]).unwrap();
        assert_eq!(journal.last().unwrap(), last + 1);
    }

    #[test]
    fn a_torn_end_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let journal = journal(&dir);
        journal.append("2026-11-29T08:00:00Z", 0, vec![event("a")]).unwrap();
        let path = journal.directory.join(CURRENT);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, [&whole[..], b"{\"seq\":2,\"rai"].concat()).unwrap();
        assert_eq!(ids(&journal, 0).len(), 1);
        journal.append("2026-11-29T08:00:00Z", 1, vec![event("b")]).unwrap();
        assert_eq!(ids(&journal, 0), [(1, "a".into()), (2, "b".into())]);
    }
}
