//! A vault in memory: for tests of the engine, and for the files of a branch of git.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use super::error::{Problem, StoreError, Verb};
use super::files::{
    Blob, Change, Content, Entry, Expect, Files, Found, Leaf, PlaceId, Reach, Seen, Stamp, Unpublished, Visit,
};
use super::pending::Pending;
use crate::format::path::{SUFFIX, announced};
use crate::model::time::Timestamp;

/// Files in memory, by path.
#[derive(Debug, Default)]
pub struct Memory {
    name: String,
    state: Mutex<State>,
    writer: Mutex<()>,
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
        Memory { name: name.to_owned(), state: Mutex::new(state), writer: Mutex::new(()) }
    }

    /// The content at a path.
    pub(crate) fn get(&self, path: &str) -> Option<Vec<u8>> {
        self.state().files.get(path).cloned()
    }

    /// Puts a file there without a lock, as another program would.
    #[cfg(test)]
    pub(crate) fn set(&self, path: &str, bytes: Vec<u8>) {
        let mut state = self.state();
        state.files.insert(path.to_owned(), bytes);
        state.changes += 1;
    }

    /// Removes a file without a lock.
    #[cfg(test)]
    pub(crate) fn unset(&self, path: &str) {
        let mut state = self.state();
        state.files.remove(path);
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
    fn read(&self, path: &str, cap: u64) -> Result<Option<Blob>, StoreError> {
        match self.get(path) {
            Some(bytes) if bytes.len() as u64 > cap => {
                Err(StoreError::new(Verb::Read, path, Problem::TooLarge { cap }))
            }
            Some(bytes) => Ok(Some(Blob::new(bytes))),
            None => check_no_directory(&self.state().files, path).map(|()| None),
        }
    }

    fn exists(&self, path: &str) -> Result<bool, StoreError> {
        let files = &self.state().files;
        check_no_directory(files, path).map(|()| files.contains_key(path))
    }

    fn each_document(&self, directory: &str, reach: Reach, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let below: Vec<String> = below(&self.state().files, directory).map(|(path, _)| path.clone()).collect();
        for path in below {
            if let Some(found) = listed(&path, directory, reach) {
                let content = Kept { memory: self, path: &path };
                let flow = match found {
                    Listed::Document => visit(Found::Document(Leaf::new(&path, &content))),
                    Listed::Gone(document) => visit(Found::Gone(document)),
                    Listed::Foreign => visit(Found::Foreign(&path)),
                };
                if flow.is_break() {
                    break;
                }
            }
        }
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
        let deadline = Instant::now() + wait;
        loop {
            match self.writer.try_lock() {
                Ok(writer) => return Ok(Box::new(Writer { memory: self, _alone: writer, pending: Vec::new() })),
                Err(TryLockError::Poisoned(poisoned)) => {
                    let writer = poisoned.into_inner();
                    return Ok(Box::new(Writer { memory: self, _alone: writer, pending: Vec::new() }));
                }
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(TryLockError::WouldBlock) => return Err(StoreError::new(Verb::Lock, &self.name, Problem::Busy)),
            }
        }
    }

    fn place(&self) -> PlaceId {
        PlaceId::Named(self.name.clone())
    }
}

struct Kept<'m> {
    memory: &'m Memory,
    path: &'m str,
}

impl Content for Kept<'_> {
    fn read(&self, cap: u64) -> Result<Vec<u8>, StoreError> {
        let blob = self.memory.read(self.path, cap)?;
        blob.map(|blob| blob.bytes).ok_or_else(|| StoreError::new(Verb::Read, self.path, Problem::NotFound))
    }
}

struct Writer<'m> {
    memory: &'m Memory,
    _alone: MutexGuard<'m, ()>,
    pending: Vec<Pending>,
}

impl Change for Writer<'_> {
    fn put(&mut self, path: &str, bytes: Vec<u8>, expect: Expect) {
        self.pending.push(Pending::put(path, bytes, expect));
    }

    fn remove(&mut self, path: &str, expect: Expect) {
        self.pending.push(Pending::removal(path, expect));
    }

    fn publish(&mut self) -> Result<Vec<String>, Unpublished> {
        let mut published = Vec::new();
        for Pending { path, bytes, expect } in std::mem::take(&mut self.pending) {
            let mut state = self.memory.state();
            let now = state.files.get(&path).cloned().map(Blob::new);
            if !expect.holds(now.as_ref()) {
                let problem = if expect == Expect::Absent { Problem::AlreadyThere } else { Problem::Changed };
                return Err(Unpublished { published, error: StoreError::new(Verb::Write, &path, problem) });
            }
            match bytes {
                Some(bytes) => drop(state.files.insert(path.clone(), bytes)),
                None => drop(state.files.remove(&path)),
            }
            state.changes += 1;
            published.push(path);
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

/// What a path is to a walk.
pub(super) enum Listed {
    Document,
    Gone(String),
    Foreign,
}

/// What a walk of `directory` finds for a path below it; `None` if it is skipped.
pub(super) fn listed(path: &str, directory: &str, reach: Reach) -> Option<Listed> {
    let rest = if directory.is_empty() { path } else { path.strip_prefix(directory)?.strip_prefix('/')? };
    let (parents, name) = rest.rsplit_once('/').unwrap_or(("", rest));
    let is_hidden = parents.split('/').any(|parent| parent.starts_with('.'));
    if is_hidden || (reach == Reach::Children && !parents.is_empty()) {
        return None;
    }
    if let Some(document) = announced(path) {
        return Some(Listed::Gone(document));
    }
    match name.starts_with('.') {
        true => None,
        false if name.ends_with(SUFFIX) => Some(Listed::Document),
        false => Some(Listed::Foreign),
    }
}

/// The entries directly in a directory, given all paths below it in order.
pub(super) fn children<'p>(below: impl Iterator<Item = &'p str>, directory: &str) -> Vec<Entry> {
    let start = if directory.is_empty() { 0 } else { directory.len() + 1 };
    let mut entries: Vec<Entry> = below
        .filter_map(|path| path.get(start..))
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
