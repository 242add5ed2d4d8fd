//! Looking through directories: fast enough that listing names costs little more than the system's own answer.

use std::ffi::CStr;

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, FileType, Mode, openat, statat};
use rustix::io::{Errno, retry_on_intr};

use super::{DIR_FLAGS, READ_FLAGS, Root, read_capped};
use crate::format::caps;
use crate::format::path::SUFFIX;
use crate::format::path::announced;
use crate::store::error::{Problem, StoreError, Verb};

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

/// A document that a walk came upon, with the directory it lies in still open.
#[derive(Debug)]
pub struct Leaf<'a> {
    rel: &'a str,
    dir: BorrowedFd<'a>,
    name: &'a CStr,
}

/// What a directory holds under one name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The name in the directory.
    pub name: String,
    /// Whether it is a directory; a regular file otherwise.
    pub is_dir: bool,
}

impl Leaf<'_> {
    /// Path relative to the vault.
    pub fn rel(&self) -> &str {
        self.rel
    }

    /// The content; more than `cap` bytes are an error.
    pub fn read(&self, cap: u64) -> Result<Vec<u8>, StoreError> {
        self.open().and_then(|file| read_capped(file, cap)).map_err(|problem| self.failed(problem))
    }

    /// Whether a filter lets the content of a document through.
    pub fn passes(&self, filter: impl Fn(&[u8]) -> bool) -> Result<bool, StoreError> {
        Ok(filter(&self.read(caps::DOCUMENT)?))
    }

    fn open(&self) -> Result<OwnedFd, Problem> {
        Ok(retry_on_intr(|| openat(self.dir, self.name, READ_FLAGS, Mode::empty()))?)
    }

    fn failed(&self, problem: impl Into<Problem>) -> StoreError {
        StoreError::new(Verb::Read, self.rel, problem)
    }
}

impl Root {
    /// Files and directories right in `dir`, by name. Links and other special files are left out, and so are names that
    /// begin with a dot or are not UTF-8; a directory that does not exist has none.
    pub fn children(&self, dir: &str) -> Result<Vec<Entry>, StoreError> {
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

    /// Shows `visit` the documents in `dir`, in no particular order, until it returns an error. A directory that does not
    /// exist has none.
    pub fn walk<E: From<StoreError>>(
        &self,
        dir: &str,
        reach: Reach,
        mut visit: impl FnMut(Found<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        // One directory is open at a time, so that no depth of directories exhausts descriptors or the stack.
        let mut waiting = vec![dir.to_owned()];
        while let Some(dir) = waiting.pop() {
            self.walk_one(&dir, reach, &mut waiting, &mut visit)?;
        }
        Ok(())
    }

    fn walk_one<E: From<StoreError>>(
        &self,
        dir: &str,
        reach: Reach,
        waiting: &mut Vec<String>,
        visit: &mut impl FnMut(Found<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(open) = self.open_listed(dir)? else { return Ok(()) };
        let mut path = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let start = path.len();
        let mut outcome = Ok(());
        let listed = raw_entries(&open, |name, kind| {
            path.truncate(start);
            if name.to_bytes().starts_with(b".") {
                path.push_str(&name.to_string_lossy());
                if let Some(document) = announced(&path) {
                    outcome = visit(Found::Gone(document));
                }
                return outcome.is_ok();
            }
            let readable = name.to_str();
            path.push_str(&readable.map_or_else(|_| name.to_string_lossy(), Into::into));
            let named = name.to_bytes().ends_with(SUFFIX.as_bytes());
            let bearable = readable.is_ok() && path.len() <= caps::PATH;
            outcome = match kind {
                FileType::RegularFile if named && bearable => {
                    visit(Found::Document(Leaf { rel: &path, dir: open.as_fd(), name }))
                }
                FileType::Directory if !named && bearable => {
                    if reach == Reach::Descendants {
                        waiting.push(path.clone());
                    }
                    Ok(())
                }
                _ => visit(Found::Foreign(&path)),
            };
            outcome.is_ok()
        });
        listed.map_err(|errno| StoreError::new(Verb::List, dir, errno))?;
        outcome
    }

    /// Shows `each` all entries of a directory, and returns the directory, or nothing if there is none.
    pub(super) fn each_entry(
        &self,
        dir: &str,
        mut each: impl FnMut(&CStr, FileType),
    ) -> Result<Option<OwnedFd>, StoreError> {
        let Some(open) = self.open_listed(dir)? else { return Ok(None) };
        raw_entries(&open, |name, kind| {
            each(name, kind);
            true
        })
        .map_err(|errno| StoreError::new(Verb::List, dir, errno))?;
        Ok(Some(open))
    }

    fn open_listed(&self, dir: &str) -> Result<Option<OwnedFd>, StoreError> {
        match self.beneath.open(dir, DIR_FLAGS) {
            Ok(open) => Ok(Some(open)),
            Err(Problem::NotFound) => Ok(None),
            Err(problem) => Err(StoreError::new(Verb::List, dir, problem)),
        }
    }
}

/// All entries but the directory itself and its parent, until `each` has enough.
///
/// The system's own buffers are read without a copy of every name, which is what keeps listing cheap.
#[cfg(target_os = "linux")]
fn raw_entries(dir: &OwnedFd, mut each: impl FnMut(&CStr, FileType) -> bool) -> Result<(), Errno> {
    let mut buffer = Vec::<u8>::with_capacity(32 << 10);
    let mut entries = rustix::fs::RawDir::new(dir, buffer.spare_capacity_mut());
    while let Some(entry) = entries.next() {
        let entry = entry?;
        if !show(dir, entry.file_name(), entry.file_type(), &mut each) {
            break;
        }
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn raw_entries(dir: &OwnedFd, mut each: impl FnMut(&CStr, FileType) -> bool) -> Result<(), Errno> {
    for entry in rustix::fs::Dir::read_from(dir)? {
        let entry = entry?;
        if !show(dir, entry.file_name(), entry.file_type(), &mut each) {
            break;
        }
    }
    Ok(())
}

/// Some file systems do not tell what an entry is; one that vanished meanwhile is passed over.
fn show(dir: &OwnedFd, name: &CStr, kind: FileType, each: &mut impl FnMut(&CStr, FileType) -> bool) -> bool {
    if name == c"." || name == c".." {
        return true;
    }
    if kind != FileType::Unknown {
        return each(name, kind);
    }
    match statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => each(name, FileType::from_raw_mode(stat.st_mode)),
        Err(_) => true,
    }
}
