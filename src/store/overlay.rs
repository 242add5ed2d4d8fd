//! Changes kept in memory on top of files that stay unchanged: for a dry run, which uses the same code as a real one
//! and reads what it has written.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::error::StoreError;
use super::files::{Change, Entry, Files, Found, Pending, PlaceId, Reach, Seen, Stamp, Unpublished, Visit};
use super::memory::{below, check_no_directory, children, show, within};
use crate::format::path::gone_path;
use crate::model::time::Timestamp;

/// Files with changes kept in memory. Nothing is published.
pub(crate) struct Overlay {
    below: Box<dyn Files>,
    /// New contents, or `None` for removed files.
    changed: Mutex<BTreeMap<String, Option<Vec<u8>>>>,
}

impl Overlay {
    /// An overlay without changes.
    pub(crate) fn new(below: Box<dyn Files>) -> Self {
        Overlay { below, changed: Mutex::default() }
    }

    fn changed(&self) -> MutexGuard<'_, BTreeMap<String, Option<Vec<u8>>>> {
        // No panic can leave half a change here.
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files for Overlay {
    fn read(&self, path: &str, cap: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let changed = self.changed();
        match changed.get(path) {
            Some(laid) => laid.as_ref().map(|bytes| within(cap, path, bytes)).transpose(),
            None => check_no_directory(&changed, path).and_then(|()| self.below.read(path, cap)),
        }
    }

    fn exists(&self, path: &str) -> Result<bool, StoreError> {
        let changed = self.changed();
        match changed.get(path) {
            Some(laid) => Ok(laid.is_some()),
            None => check_no_directory(&changed, path).and_then(|()| self.below.exists(path)),
        }
    }

    fn each_document(&self, directory: &str, reach: Reach, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let laid: BTreeMap<String, Option<Vec<u8>>> =
            below(&self.changed(), directory).map(|(path, bytes)| (path.clone(), bytes.clone())).collect();
        let mut flow = ControlFlow::Continue(());
        self.below.each_document(directory, reach, &mut |found| {
            let is_hidden = match &found {
                Found::Document(leaf) => laid.contains_key(leaf.path()),
                Found::Foreign(path) => laid.contains_key(*path),
                Found::Gone(document) => laid.contains_key(&gone_path(document)),
            };
            flow = if is_hidden { ControlFlow::Continue(()) } else { visit(found) };
            flow
        })?;
        let mut new = laid.iter().filter_map(|(path, bytes)| Some((path, bytes.as_ref()?)));
        if flow.is_continue() {
            let _ =
                new.try_for_each(|(path, bytes)| show(path, directory, reach, &|cap| within(cap, path, bytes), visit));
        }
        Ok(())
    }

    fn leftovers(&self, directory: &str, now: Timestamp, age: Duration) -> Result<usize, StoreError> {
        self.below.leftovers(directory, now, age)
    }

    fn children(&self, directory: &str) -> Result<Vec<Entry>, StoreError> {
        let changed = self.changed();
        let mut entries: BTreeSet<Entry> = self.below.children(directory)?.into_iter().collect();
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        entries.retain(|entry| entry.is_dir || changed.get(&format!("{prefix}{}", entry.name)) != Some(&None));
        let new = below(&changed, directory).filter(|(_, bytes)| bytes.is_some());
        entries.extend(children(new.map(|(path, _)| path.as_str()), directory));
        Ok(entries.into_iter().collect())
    }

    fn seen(&self) -> Seen {
        self.below.seen()
    }

    fn changed_since(&self, seen: &Seen) -> bool {
        self.below.changed_since(seen)
    }

    fn stamp(&self, path: &str) -> Result<Option<Stamp>, StoreError> {
        self.below.stamp(path)
    }

    fn is_in_place(&self) -> bool {
        self.below.is_in_place()
    }

    fn begin(&self, wait: Duration) -> Result<Box<dyn Change + '_>, StoreError> {
        Ok(Box::new(Rehearsal { overlay: self, _begun: self.below.begin(wait)?, pending: Vec::new() }))
    }

    fn place(&self) -> PlaceId {
        self.below.place()
    }

    fn is_rehearsal(&self) -> bool {
        true
    }
}

/// A change that nobody else will see. The underlying files are locked nevertheless, as in a real change.
struct Rehearsal<'o> {
    overlay: &'o Overlay,
    _begun: Box<dyn Change + 'o>,
    pending: Vec<Pending>,
}

impl Change for Rehearsal<'_> {
    fn pending(&mut self) -> &mut Vec<Pending> {
        &mut self.pending
    }

    fn publish(&mut self) -> Result<Vec<String>, Unpublished> {
        for entry in std::mem::take(&mut self.pending) {
            entry.check(self.overlay).map_err(|error| Unpublished { published: Vec::new(), error })?;
            self.overlay.changed().insert(entry.path, entry.bytes);
        }
        Ok(Vec::new())
    }

    fn sweep(&mut self, _: &str, _: Timestamp, _: Duration) -> Result<usize, StoreError> {
        Ok(0)
    }
}
