//! Files with this machine's memory: not secret, but private. They need not survive a power failure.

use std::fs::{DirBuilder, File, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::{Overwrite, Privacy, PrivateError, check, create_directory, create_temporary, failed, open, parent, place};
use crate::store::locked::LockedFile;

/// The content of a file with this machine's memory, which is not secret but private; `None` if there is none.
pub(in crate::machine) fn read_memory(path: &Path, cap: usize) -> Result<Option<Vec<u8>>, PrivateError> {
    let (file, size) = match open_sized(path) {
        Err(PrivateError::Absent { .. }) => return Ok(None),
        opened => opened?,
    };
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0).min(cap) + 1);
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
    let size = check(&file, path, Privacy::Secret)?;
    Ok((file, size))
}

/// Opens a file, which is made if it is missing. Its directory is looked for only if that fails: it is nearly always there.
pub(super) fn open_made(directory: &Path, path: &Path, how: OFlags) -> io::Result<File> {
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
    Ok(open_sized(path)?.0)
}

fn open_sized(path: &Path) -> Result<(File, u64), PrivateError> {
    let file = open(path, OFlags::NOFOLLOW)?;
    let size = check(&file, path, Privacy::Secret)?;
    Ok((file, size))
}

/// The names of what is in a directory of this machine's memory, except those that are not UTF-8; none if there is no directory.
pub(in crate::machine) fn names_in(directory: &Path) -> Result<Vec<String>, PrivateError> {
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries,
    };
    let names: io::Result<Vec<_>> = entries.and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect());
    let names = names.map_err(|source| failed("read", directory, source))?;
    Ok(names.into_iter().filter_map(|name| name.into_string().ok()).collect())
}

/// The files of lines in such a directory that have a number between `prefix` and `.jsonl`, the lowest first.
pub(in crate::machine) fn numbered_in(directory: &Path, prefix: &str) -> Result<Vec<(u64, PathBuf)>, PrivateError> {
    let number = |name: &str| name.strip_prefix(prefix)?.strip_suffix(".jsonl")?.parse().ok();
    let names = names_in(directory)?.into_iter();
    let mut files: Vec<_> = names.filter_map(|name| Some((number(&name)?, directory.join(&name)))).collect();
    files.sort();
    Ok(files)
}
