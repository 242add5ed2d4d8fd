//! Files with this machine's memory: not secret, but private. They need not survive a power failure.

use std::fs::{DirBuilder, File, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::{Overwrite, Privacy, PrivateError, check, create_directory, create_temporary, failed, open, parent, place};
use crate::store::locked::LockedFile;

/// The content of a file with this machine's memory, which is not secret but private; `None` if there is none.
pub(in crate::machine) fn read_memory(path: &Path, cap: usize) -> Result<Option<Vec<u8>>, PrivateError> {
    let file = match open(path) {
        Err(PrivateError::Absent { .. }) => return Ok(None),
        opened => opened?,
    };
    let stat = rustix::fs::fstat(&file).map_err(|errno| failed("read", path, errno.into()))?;
    check(path, &stat, Privacy::Secret)?;
    let mut bytes = Vec::with_capacity(usize::try_from(stat.st_size).unwrap_or(0).min(cap) + 1);
    let length = file.take(cap as u64 + 1).read_to_end(&mut bytes).map_err(|source| failed("read", path, source))?;
    if length > cap { Err(PrivateError::TooLarge { path: path.to_owned(), limit: cap }) } else { Ok(Some(bytes)) }
}

/// Replaces such a file atomically, without waiting for the disk: after a power failure it may be slightly outdated,
/// but never incomplete.
pub(in crate::machine) fn write_memory(path: &Path, bytes: &[u8]) -> Result<(), PrivateError> {
    create_directory(parent(path))?;
    let (temporary, mut file) = create_temporary(path)?;
    let placed = file
        .write_all(bytes)
        .map_err(|source| failed("write", path, source))
        .and_then(|()| place(&temporary, path, Overwrite::Replace));
    if placed.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    placed
}

/// Takes the lock file of a directory of this machine's memory, waiting for it.
pub(in crate::machine) fn lock_memory(directory: &Path) -> Result<LockedFile, PrivateError> {
    let path = directory.join(".lock");
    let file = open_lock(directory, &path)?;
    file.lock().map_err(|source| failed("lock", &path, source))?;
    Ok(LockedFile::of(file))
}

/// Takes a lock file in a directory of this machine's memory if it is free.
pub(crate) fn try_lock_memory(directory: &Path, name: &str) -> Result<Option<LockedFile>, PrivateError> {
    let path = directory.join(name);
    let file = open_lock(directory, &path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(LockedFile::of(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(failed("lock", &path, source)),
    }
}

/// Opens a lock file in a directory of this machine's memory, which is made if it is missing.
pub(in crate::machine) fn open_lock(directory: &Path, path: &Path) -> Result<File, PrivateError> {
    open_made(directory, path, OFlags::RDWR).map_err(|source| failed("lock", path, source))
}

/// Opens such a file to append to it and to read it, and returns its size; it is made if it is missing.
pub(in crate::machine) fn open_appended(path: &Path) -> Result<(File, u64), PrivateError> {
    let opened = open_made(parent(path), path, OFlags::RDWR | OFlags::APPEND);
    let file = opened.map_err(|source| failed("write", path, source))?;
    let stat = rustix::fs::fstat(&file).map_err(|errno| failed("read", path, errno.into()))?;
    check(path, &stat, Privacy::Secret)?;
    Ok((file, u64::try_from(stat.st_size).unwrap_or(0)))
}

/// Opens a file, which is made if it is missing. Its directory is looked for only if that fails: it is nearly always there.
fn open_made(directory: &Path, path: &Path, how: OFlags) -> io::Result<File> {
    let flags = how | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let open = || rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR);
    let opened = match open() {
        Err(Errno::NOENT) => {
            DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
            open()
        }
        opened => opened,
    };
    Ok(opened?.into())
}

/// Opens such a file to read it.
pub(in crate::machine) fn open_memory(path: &Path) -> Result<File, PrivateError> {
    let file = open(path)?;
    let stat = rustix::fs::fstat(&file).map_err(|errno| failed("read", path, errno.into()))?;
    check(path, &stat, Privacy::Secret)?;
    Ok(file)
}
