//! The storage interface: where the files of a vault are, and how they change.
//!
//! It has two implementations today, a directory and a vault in memory, and [`super::Overlay`], which keeps changes in
//! memory on top of another one. What only a directory can do (running hooks, git, backups of stray files) stays in
//! [`super::Directory`].

use std::fmt;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use super::error::{Problem, StoreError, Verb};
use crate::crypto::framing::sha256;
use crate::format::caps;
use crate::model::time::Timestamp;

/// The storage of a vault's files. Paths are relative to the vault, with `/` between components. One value can serve
/// many threads.
pub trait Files: Send + Sync {
    /// A file's content, or `None` if there is no such file; more than `cap` bytes are an error.
    fn read(&self, path: &str, cap: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// Whether there is a regular file; anything else in its place is an error.
    fn exists(&self, path: &str) -> Result<bool, StoreError>;

    /// Calls `visit` with the documents in a directory, in no particular order, until it stops. A directory that does
    /// not exist has none.
    fn each_document(&self, directory: &str, reach: Reach, visit: &mut Visit<'_>) -> Result<(), StoreError>;

    /// Files and directories directly in a directory, by name, except those whose names begin with a dot.
    fn children(&self, directory: &str) -> Result<Vec<Entry>, StoreError>;

    /// How many files in one directory a [`Change::sweep`] removes.
    fn leftovers(&self, _directory: &str, _now: Timestamp, _age: Duration) -> Result<usize, StoreError> {
        Ok(0)
    }

    /// The current state, for [`Files::changed_since`].
    fn seen(&self) -> Seen;

    /// Whether anything may have changed since.
    fn changed_since(&self, seen: &Seen) -> bool;

    /// The current content of a file, or the entries of a directory, without reading them; `None` if there is nothing. What is
    /// replaced gets another stamp.
    fn stamp(&self, path: &str) -> Result<Option<Stamp>, StoreError>;

    /// Whether this is still what its place names: a directory may be moved away, and another one put there.
    fn is_in_place(&self) -> bool {
        true
    }

    /// Begins a change once no other writer on this machine is active; waits for at most `wait`.
    fn begin(&self, wait: Duration) -> Result<Box<dyn Change + '_>, StoreError>;

    /// Where this is, as a key for what the machine remembers about it.
    fn place(&self) -> PlaceId;

    /// Whether what is written here is never published: a dry run.
    fn is_rehearsal(&self) -> bool {
        false
    }
}

/// A change in progress: an ordered list of files to be put and removed. No other writer on this machine is active
/// while it exists.
///
/// Storage need not be able to publish several files at once: a reader may see the first half of the list, never a
/// later file without those before it. What was put but not published is discarded on drop.
pub trait Change {
    /// What is on the list.
    fn pending(&mut self) -> &mut Vec<Pending>;

    /// Appends a file to the list.
    fn put(&mut self, path: &str, bytes: Vec<u8>, expect: Expect) {
        self.pending().push(Pending { path: path.to_owned(), bytes: Some(bytes), expect });
    }

    /// Appends the removal of a file to the list; a missing file is not an error.
    fn remove(&mut self, path: &str, expect: Expect) {
        self.pending().push(Pending { path: path.to_owned(), bytes: None, expect });
    }

    /// Publishes what is on the list, durably, in its order, and says what others can read from now on. Each entry finds what those
    /// before it have left. The list is empty afterwards, and more may be put on it.
    fn publish(&mut self) -> Result<Vec<String>, Unpublished>;

    /// Removes what killed writers left in one directory more than `age` before `now`. Returns how many files were
    /// removed; what cannot be removed stays.
    fn sweep(&mut self, directory: &str, now: Timestamp, age: Duration) -> Result<usize, StoreError>;
}

/// The type of `visit` in [`Files::each_document`].
pub(crate) type Visit<'v> = dyn FnMut(Found<'_>) -> ControlFlow<()> + 'v;

/// One entry of the list of a change.
#[derive(Debug)]
pub struct Pending {
    /// Where.
    pub path: String,
    /// The new content; `None` for a removal.
    pub bytes: Option<Vec<u8>>,
    /// What it replaces.
    pub expect: Expect,
}

/// What must be at a path for a change to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// Anything.
    Any,
    /// Nothing.
    Absent,
    /// The content with this SHA-256.
    Same([u8; 32]),
}

/// A change that was only partly published, or not at all.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Unpublished {
    /// What others can read nevertheless.
    pub published: Vec<String>,
    /// What stopped it.
    pub error: StoreError,
}

/// Where a vault is, as a machine remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PlaceId {
    /// A directory, by its canonical path.
    Directory(PathBuf),
    /// Anything else, by a unique name.
    Named(String),
}

/// The state of a vault at some moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The times of its directories.
    Stamps(super::stamps::Stamps),
    /// A count of changes.
    Count(u64),
}

/// Distinguishes contents of a file, or entries of a directory, without reading them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    /// What the file system says: the file's number, its size, and when content and entry were changed, in nanoseconds.
    File {
        /// Number of the inode.
        number: u64,
        /// Bytes.
        size: i64,
        /// When it was written.
        modified: (i64, i64),
        /// When it was last changed in any way; nobody can set that.
        changed: (i64, i64),
    },
    /// A count of changes of everything.
    Count(u64),
}

/// How far a walk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The files of the directory itself.
    Children,
    /// Those of the directories below it too.
    Descendants,
}

/// Something found by a walk. Names that begin with a dot are skipped.
#[derive(Debug)]
pub enum Found<'a> {
    /// A regular file whose name ends in `.yaml`.
    Document(Leaf<'a>),
    /// A hint that this document is a tombstone; it may come before or after the document.
    Gone(String),
    /// Anything else except a directory to walk into: a link, a pipe, another file, a directory named like a document.
    /// Its path, lossily converted if it is not UTF-8.
    Foreign(&'a str),
}

/// A document found by a walk.
pub struct Leaf<'a> {
    path: &'a str,
    read: &'a dyn Fn(u64) -> Result<Vec<u8>, StoreError>,
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The name in the directory.
    pub name: String,
    /// Whether it is a directory; a regular file otherwise.
    pub is_dir: bool,
}

impl dyn Files + '_ {
    /// Calls `visit` with the documents in a directory until it returns an error.
    pub(crate) fn walk<E: From<StoreError>>(
        &self,
        directory: &str,
        reach: Reach,
        mut visit: impl FnMut(Found<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut outcome = Ok(());
        self.each_document(directory, reach, &mut |found| {
            outcome = visit(found);
            if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        outcome
    }
}

impl Pending {
    /// Refuses the entry unless it finds in `files` what it expects.
    pub(super) fn check(&self, files: &dyn Files) -> Result<(), StoreError> {
        let problem = match self.expect {
            Expect::Any => None,
            Expect::Absent => files.exists(&self.path)?.then_some(Problem::AlreadyThere),
            Expect::Same(hash) => {
                let now = files.read(&self.path, caps::DOCUMENT)?;
                now.is_none_or(|now| sha256(&now) != hash).then_some(Problem::Changed)
            }
        };
        problem.map_or(Ok(()), |problem| Err(StoreError::new(Verb::Write, &self.path, problem)))
    }
}

impl<'a> Leaf<'a> {
    /// A document at `path`, relative to the vault.
    pub(super) fn new(path: &'a str, read: &'a dyn Fn(u64) -> Result<Vec<u8>, StoreError>) -> Self {
        Leaf { path, read }
    }

    /// Path relative to the vault.
    pub(crate) fn path(&self) -> &str {
        self.path
    }

    /// The content; more than `cap` bytes are an error.
    pub(crate) fn read(&self, cap: u64) -> Result<Vec<u8>, StoreError> {
        (self.read)(cap)
    }

    /// Whether a filter lets the content of a document through.
    pub(crate) fn passes(&self, filter: impl Fn(&[u8]) -> bool) -> Result<bool, StoreError> {
        Ok(filter(&self.read(caps::DOCUMENT)?))
    }
}

impl fmt::Debug for Leaf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Leaf").field(&self.path).finish()
    }
}
