//! A vault's directory behind the seam to storage: reading it, and changing it under its lock.

use std::collections::HashSet;
use std::time::Duration;

use super::Directory;
use crate::format::caps;
use crate::model::time::Timestamp;
use crate::store::error::{Problem, StoreError, Verb};
use crate::store::files::{Blob, Change, Entry, Expect, Files, PlaceId, Reach, Seen, Stamp, Unpublished, Visit};
use crate::store::lock::Lock;
use crate::store::pending::Pending;
use crate::store::stamps::Stamps;

/// Fewer files than this are synced one by one, which also keeps their order across a power failure.
const FEW: usize = 3;

impl Files for Directory {
    fn leftovers(&self, directory: &str, now: Timestamp, age: Duration) -> Result<usize, StoreError> {
        self.count_temps(directory, now, age)
    }

    fn read(&self, path: &str, cap: u64) -> Result<Option<Blob>, StoreError> {
        Ok(Directory::read(self, path, cap)?.map(Blob::new))
    }

    fn exists(&self, path: &str) -> Result<bool, StoreError> {
        Directory::exists(self, path)
    }

    fn each_document(&self, directory: &str, reach: Reach, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        self.walk(directory, reach, visit)
    }

    fn children(&self, directory: &str) -> Result<Vec<Entry>, StoreError> {
        Directory::children(self, directory)
    }

    fn seen(&self) -> Seen {
        Seen::Stamps(Stamps::below(self.path()))
    }

    fn changed_since(&self, seen: &Seen) -> bool {
        !matches!(seen, Seen::Stamps(stamps) if stamps.are_current())
    }

    fn stamp(&self, path: &str) -> Result<Option<Stamp>, StoreError> {
        Directory::stamp(self, path)
    }

    fn is_in_place(&self) -> bool {
        Directory::is_in_place(self)
    }

    fn begin(&self, wait: Duration) -> Result<Box<dyn Change + '_>, StoreError> {
        Ok(Box::new(Locked { directory: self, _lock: self.lock(wait)?, pending: Vec::new() }))
    }

    fn place(&self) -> PlaceId {
        PlaceId::Directory(self.path().to_owned())
    }
}

/// A change of a directory that is locked.
struct Locked<'d> {
    directory: &'d Directory,
    _lock: Lock,
    pending: Vec<Pending>,
}

impl Change for Locked<'_> {
    fn put(&mut self, path: &str, bytes: Vec<u8>, expect: Expect) {
        self.pending.push(Pending::put(path, bytes, expect));
    }

    fn remove(&mut self, path: &str, expect: Expect) {
        self.pending.push(Pending::removal(path, expect));
    }

    fn publish(&mut self) -> Result<Vec<String>, Unpublished> {
        let mut published = Vec::with_capacity(self.pending.len());
        let mut rest = std::mem::take(&mut self.pending).into_iter().peekable();
        let failed = |published: &mut Vec<String>, error| Unpublished { published: std::mem::take(published), error };
        while let Some(next) = rest.peek() {
            let is_put = next.bytes.is_some();
            let (mut run, mut paths) = (Vec::new(), HashSet::new());
            // A path that comes again begins another run: it is compared with what the first one has left there.
            while let Some(next) = rest.next_if(|next| next.bytes.is_some() == is_put && !paths.contains(&next.path)) {
                paths.insert(next.path.clone());
                run.push(next);
            }
            for entry in &run {
                self.check(entry).map_err(|error| failed(&mut published, error))?;
            }
            if is_put && run.len() >= FEW {
                let files = run.into_iter().map(|entry| (entry.path, entry.bytes.unwrap_or_default()));
                let files: Vec<(String, Vec<u8>)> = files.collect();
                self.directory.replace_all(&files).map_err(|error| failed(&mut published, error))?;
                published.extend(files.into_iter().map(|(path, _)| path));
            } else {
                for entry in run {
                    self.publish_one(&entry).map_err(|error| failed(&mut published, error))?;
                    published.push(entry.path);
                }
            }
        }
        Ok(published)
    }

    fn sweep(&mut self, directory: &str, now: Timestamp, age: Duration) -> Result<usize, StoreError> {
        self.directory.sweep_temps(directory, now, age)
    }
}

impl Locked<'_> {
    /// Other programs, such as git, ignore the lock.
    fn check(&self, entry: &Pending) -> Result<(), StoreError> {
        let problem = match &entry.expect {
            Expect::Same(_) => {
                let now = Files::read(self.directory, &entry.path, caps::DOCUMENT)?;
                (!entry.expect.holds(now.as_ref())).then_some(Problem::Changed)
            }
            Expect::Absent => self.directory.exists(&entry.path)?.then_some(Problem::AlreadyThere),
            Expect::Any => None,
        };
        problem.map_or(Ok(()), |problem| Err(StoreError::new(Verb::Write, &entry.path, problem)))
    }

    fn publish_one(&self, entry: &Pending) -> Result<(), StoreError> {
        match (&entry.bytes, &entry.expect) {
            (Some(bytes), Expect::Absent) => self.directory.create_new(&entry.path, bytes),
            (Some(bytes), _) => self.directory.replace(&entry.path, bytes),
            (None, _) => match self.directory.remove(&entry.path) {
                Err(StoreError { problem: Problem::NotFound, .. }) => Ok(()),
                removed => removed,
            },
        }
    }
}
