//! Walking directories: fast enough that listing names costs little more than the system calls.

use std::ffi::CStr;
use std::ops::ControlFlow;

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, FileType, Mode, openat, statat};
use rustix::io::{Errno, retry_on_intr};

use super::{DIR_FLAGS, Directory, READ_FLAGS, read_capped};
use crate::format::caps;
use crate::format::path::{SUFFIX, announced};
use crate::store::error::{Problem, StoreError, Verb};
use crate::store::files::{Found, Leaf, Reach, Visit};

impl Directory {
    /// Calls `visit` with the documents in `dir` (see [`Files::each_document`](crate::store::Files::each_document)).
    pub(super) fn walk(&self, dir: &str, reach: Reach, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        // Only one directory is open at a time, so that deep nesting exhausts neither descriptors nor the stack.
        let mut waiting = vec![dir.to_owned()];
        while let Some(dir) = waiting.pop() {
            if self.walk_one(&dir, reach, &mut waiting, visit)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn walk_one(
        &self,
        dir: &str,
        reach: Reach,
        waiting: &mut Vec<String>,
        visit: &mut Visit<'_>,
    ) -> Result<ControlFlow<()>, StoreError> {
        let mut flow = ControlFlow::Continue(());
        let Some(open) = self.open_listed(dir)? else { return Ok(flow) };
        let mut path = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let start = path.len();
        let listed = raw_entries(&open, |name, kind| {
            path.truncate(start);
            if name.to_bytes().starts_with(b".") {
                path.push_str(&name.to_string_lossy());
                if let Some(document) = announced(&path) {
                    flow = visit(Found::Gone(document));
                }
                return flow.is_continue();
            }
            let readable = name.to_str();
            path.push_str(&readable.map_or_else(|_| name.to_string_lossy(), Into::into));
            let named = name.to_bytes().ends_with(SUFFIX.as_bytes());
            let bearable = readable.is_ok() && path.len() <= caps::PATH;
            flow = match kind {
                FileType::RegularFile if named && bearable => {
                    visit(Found::Document(Leaf::new(&path, &|cap| read_child(open.as_fd(), name, &path, cap))))
                }
                FileType::Directory if !named && bearable => {
                    if reach == Reach::Descendants {
                        waiting.push(path.clone());
                    }
                    ControlFlow::Continue(())
                }
                _ => visit(Found::Foreign(&path)),
            };
            flow.is_continue()
        });
        listed.map_err(|errno| StoreError::new(Verb::List, dir, errno))?;
        Ok(flow)
    }

    /// Calls `each` with all entries of a directory, and returns the directory, or `None` if there is none.
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

/// The content of a document in a directory that is still open.
fn read_child(dir: BorrowedFd<'_>, name: &CStr, path: &str, cap: u64) -> Result<Vec<u8>, StoreError> {
    let open = || retry_on_intr(|| openat(dir, name, READ_FLAGS, Mode::empty()));
    let read = || read_capped(open()?, cap);
    read().map_err(|problem| StoreError::new(Verb::Read, path, problem))
}

/// All entries except the directory itself and its parent, until `each` returns false.
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

/// Some file systems do not report the type of an entry; one that has vanished in the meantime is skipped.
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
