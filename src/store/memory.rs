//! A vault in memory: for tests of the engine, and for the files of a branch of git.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::error::{Problem, StoreError, Verb};
use super::files::{Change, Entry, Files, Found, Leaf, Pending, PlaceId, Reach, Seen, Stamp, Unpublished, Visit};
use super::turn::{Turn, Turns};
use crate::format::path::{SUFFIX, announced};
use crate::model::time::Timestamp;

/// Files in memory, by path.
#[derive(Debug, Default)]
pub struct Memory {
    name: String,
    state: Mutex<State>,
    turns: Turns,
}

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<String, Vec<u8>>,
    changes: u64,
}

impl Memory {
    /// Creates files under a name: two values with the same name count as the same place.
    pub fn new(name: &str, files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let state = State { files: files.into_iter().collect(), changes: 0 };
        Memory { name: name.to_owned(), state: Mutex::new(state), turns: Turns::default() }
    }

    /// The content at a path.
    pub(crate) fn get(&self, path: &str) -> Option<Vec<u8>> {
        self.state().files.get(path).cloned()
    }

    /// Puts a file there without a lock, as another program would.
    #[cfg(test)]
    pub(crate) fn set(&self, path: &str, bytes: Vec<u8>) {
        self.change(path, Some(bytes));
    }

    /// Removes a file without a lock.
    #[cfg(test)]
    pub(crate) fn unset(&self, path: &str) {
        self.change(path, None);
    }

    fn change(&self, path: &str, bytes: Option<Vec<u8>>) {
        let mut state = self.state();
        match bytes {
            Some(bytes) => state.files.insert(path.to_owned(), bytes),
            None => state.files.remove(path),
        };
        state.changes += 1;
    }

    /// All paths, sorted.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.state().files.keys().cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No panic can leave half a change here.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files for Memory {
    fn read(&self, path: &str, cap: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let files = &self.state().files;
        match files.get(path) {
            Some(bytes) => within(cap, path, bytes).map(Some),
            None => check_no_directory(files, path).map(|()| None),
        }
    }

    fn exists(&self, path: &str) -> Result<bool, StoreError> {
        let files = &self.state().files;
        check_no_directory(files, path).map(|()| files.contains_key(path))
    }

    fn each_document(&self, directory: &str, reach: Reach, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let below: Vec<String> = below(&self.state().files, directory).map(|(path, _)| path.clone()).collect();
        let _ = below.iter().try_for_each(|path| {
            let gone = || StoreError::new(Verb::Read, path, Problem::NotFound);
            let read = |cap| self.read(path, cap)?.ok_or_else(gone);
            show(path, directory, reach, &read, visit)
        });
        Ok(())
    }

    fn children(&self, directory: &str) -> Result<Vec<Entry>, StoreError> {
        Ok(children(below(&self.state().files, directory).map(|(path, _)| path.as_str()), directory))
    }

    fn seen(&self) -> Seen {
        Seen::Count(self.state().changes)
    }

    fn changed_since(&self, seen: &Seen) -> bool {
        *seen != self.seen()
    }

    fn stamp(&self, path: &str) -> Result<Option<Stamp>, StoreError> {
        let state = self.state();
        let exists = state.files.keys().any(|file| file == path || file.starts_with(&format!("{path}/")));
        Ok(exists.then_some(Stamp::Count(state.changes)))
    }

    fn begin(&self, wait: Duration) -> Result<Box<dyn Change + '_>, StoreError> {
        let turn = self.turns.take(wait).ok_or_else(|| StoreError::new(Verb::Lock, &self.name, Problem::Busy))?;
        Ok(Box::new(Writer { memory: self, _turn: turn, pending: Vec::new() }))
    }

    fn place(&self) -> PlaceId {
        PlaceId::Named(self.name.clone())
    }
}

struct Writer<'m> {
    memory: &'m Memory,
    _turn: Turn,
    pending: Vec<Pending>,
}

impl Change for Writer<'_> {
    fn pending(&mut self) -> &mut Vec<Pending> {
        &mut self.pending
    }

    fn publish(&mut self) -> Result<Vec<String>, Unpublished> {
        let mut published = Vec::new();
        for entry in std::mem::take(&mut self.pending) {
            if let Err(error) = entry.check(self.memory) {
                return Err(Unpublished { published, error });
            }
            self.memory.change(&entry.path, entry.bytes);
            published.push(entry.path);
        }
        Ok(published)
    }

    fn sweep(&mut self, _: &str, _: Timestamp, _: Duration) -> Result<usize, StoreError> {
        Ok(0)
    }
}

/// Refuses a path that is a directory of other files.
pub(super) fn check_no_directory<T>(files: &BTreeMap<String, T>, path: &str) -> Result<(), StoreError> {
    match below(files, path).next() {
        Some(_) => Err(StoreError::new(Verb::Read, path, Problem::NotRegular)),
        None => Ok(()),
    }
}

/// A copy of a file's content, unless it is larger than `cap`.
pub(super) fn within(cap: u64, path: &str, bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    if bytes.len() as u64 > cap {
        return Err(StoreError::new(Verb::Read, path, Problem::TooLarge { cap }));
    }
    Ok(bytes.to_vec())
}

/// Calls `visit` with what a walk of `directory` finds at a path below it, unless it is skipped.
pub(super) fn show(
    path: &str,
    directory: &str,
    reach: Reach,
    read: &dyn Fn(u64) -> Result<Vec<u8>, StoreError>,
    visit: &mut Visit<'_>,
) -> ControlFlow<()> {
    let rest = path.get(start_below(directory)..).unwrap_or_default();
    let (parents, name) = rest.rsplit_once('/').unwrap_or(("", rest));
    let is_hidden = parents.split('/').any(|parent| parent.starts_with('.'));
    if is_hidden || (reach == Reach::Children && !parents.is_empty()) {
        ControlFlow::Continue(())
    } else if let Some(document) = announced(path) {
        visit(Found::Gone(document))
    } else if name.starts_with('.') {
        ControlFlow::Continue(())
    } else if name.ends_with(SUFFIX) {
        visit(Found::Document(Leaf::new(path, read)))
    } else {
        visit(Found::Foreign(path))
    }
}

/// Where the rest of a path begins that is below a directory.
fn start_below(directory: &str) -> usize {
    if directory.is_empty() { 0 } else { directory.len() + 1 }
}

/// The entries directly in a directory, given all paths below it in order.
pub(super) fn children<'p>(below: impl Iterator<Item = &'p str>, directory: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = below
        .filter_map(|path| path.get(start_below(directory)..))
        .filter(|rest| !rest.starts_with('.'))
        .map(|rest| match rest.split_once('/') {
            Some((name, _)) => Entry { name: name.to_owned(), is_dir: true },
            None => Entry { name: rest.to_owned(), is_dir: false },
        })
        .collect();
    entries.sort_unstable();
    entries.dedup();
    entries
}

/// All files below a directory.
pub(super) fn below<'f, T>(
    files: &'f BTreeMap<String, T>,
    directory: &str,
) -> impl Iterator<Item = (&'f String, &'f T)> {
    let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
    let start = (Bound::Included(prefix.clone()), Bound::Unbounded);
    files.range::<String, _>(start).take_while(move |(path, _)| path.starts_with(&prefix))
}
