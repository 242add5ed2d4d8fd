//! The vault's directory: the only way to access the files below it.
//!
//! A vault may come from anybody's repository, so nothing in it is trusted: no symbolic link is followed, nothing but
//! regular files is read, size limits apply to what is really read, and no path leads outside. Everything
//! system-specific about files is here and in the modules below.

mod beneath;
mod change;
mod errno;
mod files;
pub(crate) mod replace;
mod walk;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, fstat, openat, stat, statat};
use rustix::io::Errno;

use self::beneath::Beneath;
use super::error::{Problem, StoreError, Verb};
use super::files::Stamp;
use super::turn::Turns;

pub(crate) use self::files::{FileEntry, FileKind};

/// An open vault directory. Paths given to its methods are relative to it, with `/` between components.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    beneath: Beneath,
    /// Which thread may take the lock.
    pub(super) turns: Turns,
}

/// The lock file. It is never removed; what counts is the lock, which the system releases when its holder exits.
pub(super) const LOCK: &str = ".vault.lock";

/// Flags for reading: do not follow links, and do not wait for the other end of a pipe.
const READ_FLAGS: OFlags =
    OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);
/// Flags for looking at something without opening its content.
const STAMP_FLAGS: OFlags = OFlags::PATH.union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);
const DIR_FLAGS: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW).union(OFlags::DIRECTORY);

impl Directory {
    /// Opens an existing directory. The path to it may contain symbolic links; below it, none is followed.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY;
        let dir = openat(CWD, path, flags, Mode::empty())
            .map_err(|errno| StoreError::new(Verb::Open, &path.to_string_lossy(), errno))?;
        Ok(Directory { path: path.to_owned(), beneath: Beneath::new(dir), turns: Turns::default() })
    }

    /// Opens a directory, creating it and its parents as needed.
    pub(crate) fn create(path: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(path).map_err(|error| StoreError::new(Verb::Create, &path.to_string_lossy(), error))?;
        Directory::open(path)
    }

    /// The directory, as it was given.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A file's content, or `None` if there is no such file; more than `cap` bytes are an error.
    pub(crate) fn read(&self, rel: &str, cap: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let read = || read_capped(self.beneath.open(rel, READ_FLAGS)?, cap);
        match read() {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Problem::NotFound) => Ok(None),
            Err(problem) => Err(StoreError::new(Verb::Read, rel, problem)),
        }
    }

    /// Whether there is a regular file; anything else in its place is an error.
    pub(crate) fn exists(&self, rel: &str) -> Result<bool, StoreError> {
        let (dir, leaf) = beneath::place(rel);
        let exists = || is_regular_file(&self.beneath.open(dir, DIR_FLAGS)?, leaf);
        match beneath::check_inside(rel).and_then(|()| exists()) {
            Ok(exists) => Ok(exists),
            Err(Problem::NotFound) => Ok(false),
            Err(problem) => Err(StoreError::new(Verb::Read, rel, problem)),
        }
    }

    /// The stamp of a file or directory, or of this directory for an empty path; `None` if there is nothing.
    pub(super) fn stamp(&self, rel: &str) -> Result<Option<Stamp>, StoreError> {
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
    pub(super) fn is_in_place(&self) -> bool {
        let (here, there) = (fstat(self.beneath.dir()), stat(&self.path));
        here.is_ok_and(|here| there.is_ok_and(|there| (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)))
    }

    /// Opens the lock file, creating it if needed.
    pub(super) fn open_lock(&self, leaf: &str) -> Result<File, Problem> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = openat(self.beneath.dir(), leaf, flags, Mode::from_raw_mode(0o666))?;
        check_regular(&file)?;
        Ok(file.into())
    }
}

/// Reads to the end, but not past `cap`: the file's stated size is only a hint for the buffer.
fn read_capped(file: OwnedFd, cap: u64) -> Result<Vec<u8>, Problem> {
    let size = check_regular(&file)?;
    if size > cap {
        return Err(Problem::TooLarge { cap });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    File::from(file).take(cap.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > cap { Err(Problem::TooLarge { cap }) } else { Ok(bytes) }
}

/// The size that an open regular file states.
fn check_regular(file: &OwnedFd) -> Result<u64, Problem> {
    let stat = fstat(file)?;
    if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
        Ok(u64::try_from(stat.st_size).unwrap_or(0))
    } else {
        Err(Problem::NotRegular)
    }
}

/// Whether `leaf` is a regular file; a missing file is not an error, anything else is.
fn is_regular_file(dir: impl AsFd, leaf: &str) -> Result<bool, Problem> {
    let stat = match statat(dir, leaf, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => return Ok(false),
        stat => stat?,
    };
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(true),
        FileType::Symlink => Err(Problem::Symlink),
        _ => Err(Problem::NotRegular),
    }
}

#[cfg(test)]
mod tests;
