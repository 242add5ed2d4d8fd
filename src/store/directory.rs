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
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, fstat, openat, statat};
use rustix::io::Errno;

use self::beneath::Beneath;
use super::error::{Problem, StoreError, Verb};
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
