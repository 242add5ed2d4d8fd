//! A vault's directory as storage: reading it, and changing it under its lock.

use std::collections::HashSet;
use std::time::Duration;

use rustix::fs::{FileType, fstat, stat};

use super::beneath::{check_inside, place};
use super::{DIR_FLAGS, Directory, READ_FLAGS, STAMP_FLAGS, is_regular_file, read_capped};
use crate::model::time::Timestamp;
use crate::store::error::{Problem, StoreError, Verb};
use crate::store::files::{Change, Entry, Expect, Files, Pending, PlaceId, Reach, Seen, Stamp, Unpublished, Visit};
use crate::store::lock::Lock;
use crate::store::stamps::Stamps;

/// Fewer files than this are synced one by one, which also keeps their order across a power failure.
const FEW: usize = 3;

impl Files for Directory {
    fn read(&self, rel: &str, cap: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let read = || read_capped(self.beneath.open(rel, READ_FLAGS)?, cap);
        match read() {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Problem::NotFound) => Ok(None),
            Err(problem) => Err(StoreError::new(Verb::Read, rel, problem)),
        }
    }

    fn exists(&self, rel: &str) -> Result<bool, StoreError> {
        let (dir, leaf) = place(rel);
        let exists = || is_regular_file(&self.beneath.open(dir, DIR_FLAGS)?, leaf);
        match check_inside(rel).and_then(|()| exists()) {
            Ok(exists) => Ok(exists),
            Err(Problem::NotFound) => Ok(false),
            Err(problem) => Err(StoreError::new(Verb::Read, rel, problem)),
        }
    }

    fn each_document(&self, dir: &str, reach: Reach, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        self.walk(dir, reach, visit)
    }

    /// Links and other special files are left out, and so are names that are not UTF-8.
    fn children(&self, dir: &str) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        self.each_entry(dir, |name, kind| {
            let is_dir = kind == FileType::Directory;
            if let Ok(name) = name.to_str()
                && !name.starts_with('.')
                && (is_dir || kind == FileType::RegularFile)
            {
                entries.push(Entry { name: name.to_owned(), is_dir });
            }
        })?;
        entries.sort_unstable();
        Ok(entries)
    }

    fn leftovers(&self, dir: &str, now: Timestamp, age: Duration) -> Result<usize, StoreError> {
        self.count_temps(dir, now, age)
    }

    fn seen(&self) -> Seen {
        Seen::Stamps(Stamps::below(&self.path))
    }

    fn changed_since(&self, seen: &Seen) -> bool {
        !matches!(seen, Seen::Stamps(stamps) if stamps.are_current())
    }

    /// An empty path is this directory.
    fn stamp(&self, rel: &str) -> Result<Option<Stamp>, StoreError> {
        let read = || Ok(fstat(self.beneath.open(rel, STAMP_FLAGS)?)?);
        match read() {
            Ok(stat) => Ok(Some(Stamp::File {
                number: stat.st_ino,
                size: stat.st_size,
                modified: (stat.st_mtime, i64::try_from(stat.st_mtime_nsec).unwrap_or(0)),
                changed: (stat.st_ctime, i64::try_from(stat.st_ctime_nsec).unwrap_or(0)),
            })),
            Err(Problem::NotFound) => Ok(None),
            Err(problem) => Err(StoreError::new(Verb::Read, rel, problem)),
        }
    }

    /// Whether the path by which the directory was opened still leads to it.
    fn is_in_place(&self) -> bool {
        let (here, there) = (fstat(self.beneath.dir()), stat(&self.path));
        here.is_ok_and(|here| there.is_ok_and(|there| (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)))
    }

    fn begin(&self, wait: Duration) -> Result<Box<dyn Change + '_>, StoreError> {
        Ok(Box::new(Locked { directory: self, _lock: self.lock(wait)?, pending: Vec::new() }))
    }

    fn place(&self) -> PlaceId {
        PlaceId::Directory(self.path.clone())
    }
}

/// A change of a directory that is locked.
struct Locked<'d> {
    directory: &'d Directory,
    _lock: Lock,
    pending: Vec<Pending>,
}

impl Change for Locked<'_> {
    fn pending(&mut self) -> &mut Vec<Pending> {
        &mut self.pending
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
                // Other programs, such as git, ignore the lock.
                entry.check(self.directory).map_err(|error| failed(&mut published, error))?;
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
