//! The seam to storage: where the files of a vault lie, and how they change.
//!
//! Two parties stand behind it today: a directory, and a vault in memory; a third one lays changes over another
//! ([`super::Overlay`]). What only a directory can do (hooks that are run, git, backups of stray files) stays with
//! [`super::Directory`].

use std::fmt;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use super::error::StoreError;
use crate::crypto::framing::sha256;
use crate::format::caps;
use crate::model::time::Timestamp;

/// Where the files of a vault lie. Paths are relative to the vault, with `/` between components. One value serves many
/// threads.
pub trait Files: Send + Sync {
    /// A file's content, or `None` if there is no such file; more than `cap` bytes are an error.
    fn read(&self, path: &str, cap: u64) -> Result<Option<Blob>, StoreError>;

    /// Whether there is a regular file; anything else in its place is an error.
    fn exists(&self, path: &str) -> Result<bool, StoreError>;

    /// Shows `visit` the documents in a directory, in no particular order, until it has enough. A directory that does not
    /// exist has none.
    fn each_document(&self, directory: &str, reach: Reach, visit: &mut Visit<'_>) -> Result<(), StoreError>;

    /// Files and directories right in a directory, by name, but those whose names begin with a dot.
    fn children(&self, directory: &str) -> Result<Vec<Entry>, StoreError>;

    /// What has been seen until now, for [`Files::changed_since`].
    fn seen(&self) -> Seen;

    /// Whether anything may have changed since.
    fn changed_since(&self, seen: &Seen) -> bool;

    /// Begins a change, when no other writer of this machine is at work; waits for one until `wait` has passed.
    fn begin(&self, wait: Duration) -> Result<Box<dyn Change + '_>, StoreError>;

    /// Where this is, for what a machine remembers of it.
    fn place(&self) -> PlaceId;

    /// Whether what is written here is never published: a dry run.
    fn is_rehearsal(&self) -> bool {
        false
    }
}

/// A change under way: an ordered list of files to be put and removed. No other writer of this machine is at work while it
/// lives.
///
/// Storage need not be able to publish several files at once: a reader may see the first half of the list, never a later file
/// without those before it. What was put and not published is dropped with this.
pub trait Change {
    /// Puts a file at the end of the list.
    fn put(&mut self, path: &str, bytes: Vec<u8>, expect: Expect);

    /// Puts the removal of a file at the end of the list; one that is not there is no error.
    fn remove(&mut self, path: &str, expect: Expect);

    /// Publishes what is on the list, durably, in its order, and says what others can read from now on. Each entry finds what those
    /// before it have left. The list is empty afterwards, and more may be put on it.
    fn publish(&mut self) -> Result<Vec<String>, Unpublished>;

    /// Removes what writers that were killed left in one directory more than `age` before `now`. Returns how many went; what
    /// cannot be removed stays.
    fn sweep(&mut self, directory: &str, now: Timestamp, age: Duration) -> Result<usize, StoreError>;
}

/// What `visit` of [`Files::each_document`] is.
pub type Visit<'v> = dyn FnMut(Found<'_>) -> ControlFlow<()> + 'v;

/// A file's content, and what tells it from every other content of the file.
pub struct Blob {
    /// The content.
    pub bytes: Vec<u8>,
    tag: Option<Tag>,
}

/// Tells one content of a file from another: its SHA-256, or what the storage itself calls it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tag {
    /// SHA-256 of the content.
    Sha256([u8; 32]),
    /// A name that the storage gave, such as an entity tag.
    Named(String),
}

/// What must lie at a path for a change to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// Whatever is there.
    Any,
    /// Nothing.
    Absent,
    /// The content that was read.
    Same(Tag),
}

/// A change that could not be published to its end.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Unpublished {
    /// What others can read all the same.
    pub published: Vec<String>,
    /// What stopped it.
    pub error: StoreError,
}

/// Where a vault lies, as a machine remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PlaceId {
    /// A directory, by its canonical path.
    Directory(PathBuf),
    /// Anything else, by a name of its own.
    Named(String),
}

/// What was seen of a vault at some moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The times of its directories.
    Stamps(super::stamps::Stamps),
    /// A count of changes.
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

/// Something that a walk comes upon. Names that begin with a dot are passed over.
#[derive(Debug)]
pub enum Found<'a> {
    /// A regular file whose name ends in `.yaml`.
    Document(Leaf<'a>),
    /// A hint that this document is a tombstone; it may come before or after the document.
    Gone(String),
    /// Anything else but a directory to look into: a link, a pipe, another file, a directory named like a document. Its
    /// path, as far as it can be written.
    Foreign(&'a str),
}

/// A document that a walk came upon.
pub struct Leaf<'a> {
    path: &'a str,
    content: &'a dyn Content,
}

/// The content of a document that a walk came upon.
pub trait Content {
    /// The bytes; more than `cap` of them are an error.
    fn read(&self, cap: u64) -> Result<Vec<u8>, StoreError>;
}

/// What a directory holds under one name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The name in the directory.
    pub name: String,
    /// Whether it is a directory; a regular file otherwise.
    pub is_dir: bool,
}

impl dyn Files + '_ {
    /// Shows `visit` the documents in a directory until it returns an error.
    pub fn walk<E: From<StoreError>>(
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

    /// A file's bytes, or `None` if there is no such file.
    pub fn bytes(&self, path: &str, cap: u64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.read(path, cap)?.map(|blob| blob.bytes))
    }
}

impl Blob {
    /// A content that is told by its hash.
    pub fn new(bytes: Vec<u8>) -> Self {
        Blob { bytes, tag: None }
    }

    /// A content that the storage has a name for.
    pub fn named(bytes: Vec<u8>, tag: String) -> Self {
        Blob { bytes, tag: Some(Tag::Named(tag)) }
    }

    /// What tells this content from every other one.
    pub fn tag(&self) -> Tag {
        self.tag.clone().unwrap_or_else(|| Tag::Sha256(sha256(&self.bytes)))
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({} bytes)", self.bytes.len())
    }
}

impl Expect {
    /// What a content that was read expects to find again.
    pub fn of(read: Option<&Blob>) -> Self {
        read.map_or(Expect::Absent, |blob| Expect::Same(blob.tag()))
    }

    /// Whether what is there now is what was expected.
    pub fn holds(&self, now: Option<&Blob>) -> bool {
        match (self, now) {
            (Expect::Any, _) | (Expect::Absent, None) => true,
            (Expect::Same(tag), Some(blob)) => blob.tag() == *tag,
            (Expect::Absent, Some(_)) | (Expect::Same(_), None) => false,
        }
    }
}

impl<'a> Leaf<'a> {
    /// A document at `path`, relative to the vault.
    pub fn new(path: &'a str, content: &'a dyn Content) -> Self {
        Leaf { path, content }
    }

    /// Path relative to the vault.
    pub fn path(&self) -> &str {
        self.path
    }

    /// The content; more than `cap` bytes are an error.
    pub fn read(&self, cap: u64) -> Result<Vec<u8>, StoreError> {
        self.content.read(cap)
    }

    /// Whether a filter lets the content of a document through.
    pub fn passes(&self, filter: impl Fn(&[u8]) -> bool) -> Result<bool, StoreError> {
        Ok(filter(&self.read(caps::DOCUMENT)?))
    }
}

impl fmt::Debug for Leaf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Leaf").field(&self.path).finish()
    }
}
