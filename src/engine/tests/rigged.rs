//! Files that go wrong when a test wants them to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::model::time::Timestamp;
use crate::store::files::{Entry, Pending, Reach, Visit};
use crate::store::{Change, Files, Memory, PlaceId, Problem, Seen, Stamp, StoreError, Unpublished, Verb};

/// What goes wrong.
pub(super) enum Fault {
    Nothing,
    /// The disk is full after this many entries.
    FullAfter(usize),
    /// Another content than the one that was published lies at this path afterwards.
    Garbled(&'static str),
    /// A program that asks for no lock works between reading and publishing.
    Overtaken(Box<dyn FnMut(&Memory) + Send>),
}

/// Files in memory with a fault. It keeps the order in which entries were published; a removal has a `-` before its path.
#[derive(Clone)]
pub(super) struct Rigged {
    files: Arc<Memory>,
    fault: Arc<Mutex<Fault>>,
    published: Arc<Mutex<Vec<String>>>,
}

impl Rigged {
    pub(super) fn new(files: &Arc<Memory>, fault: Fault) -> Rigged {
        Rigged { files: Arc::clone(files), fault: Arc::new(Mutex::new(fault)), published: Arc::default() }
    }

    pub(super) fn sound(files: &Arc<Memory>) -> Rigged {
        Rigged::new(files, Fault::Nothing)
    }

    /// What was published since this was last asked.
    pub(super) fn take_published(&self) -> Vec<String> {
        std::mem::take(&mut self.published.lock().unwrap())
    }
}

impl Files for Rigged {
    fn read(&self, path: &str, cap: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.files.read(path, cap)
    }

    fn exists(&self, path: &str) -> Result<bool, StoreError> {
        self.files.exists(path)
    }

    fn each_document(&self, directory: &str, reach: Reach, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        self.files.each_document(directory, reach, visit)
    }

    fn children(&self, directory: &str) -> Result<Vec<Entry>, StoreError> {
        self.files.children(directory)
    }

    fn seen(&self) -> Seen {
        self.files.seen()
    }

    fn changed_since(&self, seen: &Seen) -> bool {
        self.files.changed_since(seen)
    }

    fn stamp(&self, path: &str) -> Result<Option<Stamp>, StoreError> {
        self.files.stamp(path)
    }

    fn begin(&self, wait: Duration) -> Result<Box<dyn Change + '_>, StoreError> {
        Ok(Box::new(RiggedChange { rigged: self, change: self.files.begin(wait)?, pending: Vec::new() }))
    }

    fn place(&self) -> PlaceId {
        self.files.place()
    }
}

struct RiggedChange<'r> {
    rigged: &'r Rigged,
    change: Box<dyn Change + 'r>,
    pending: Vec<Pending>,
}

impl RiggedChange<'_> {
    fn publish_one(&mut self, entry: Pending) -> Result<(), StoreError> {
        let Pending { path, bytes, .. } = &entry;
        let (verb, sign) = if bytes.is_some() { (Verb::Write, "") } else { (Verb::Remove, "-") };
        if let Fault::FullAfter(left) = &mut *self.rigged.fault.lock().unwrap() {
            *left = left.checked_sub(1).ok_or_else(|| StoreError::new(verb, path, Problem::NoSpace))?;
        }
        let path = path.clone();
        self.change.pending().push(entry);
        self.change.publish().map_err(|unpublished| unpublished.error)?;
        self.rigged.published.lock().unwrap().push(format!("{sign}{path}"));
        if matches!(&*self.rigged.fault.lock().unwrap(), Fault::Garbled(garbled) if *garbled == path) {
            self.rigged.files.set(&path, b"garbled".to_vec());
        }
        Ok(())
    }
}

impl Change for RiggedChange<'_> {
    fn pending(&mut self) -> &mut Vec<Pending> {
        &mut self.pending
    }

    fn publish(&mut self) -> Result<Vec<String>, Unpublished> {
        if let Fault::Overtaken(rival) = &mut *self.rigged.fault.lock().unwrap() {
            rival(&self.rigged.files);
        }
        let mut published = Vec::new();
        for entry in std::mem::take(&mut self.pending) {
            let path = entry.path.clone();
            if let Err(error) = self.publish_one(entry) {
                return Err(Unpublished { published, error });
            }
            published.push(path);
        }
        Ok(published)
    }

    fn sweep(&mut self, directory: &str, now: Timestamp, age: Duration) -> Result<usize, StoreError> {
        self.change.sweep(directory, now, age)
    }
}
