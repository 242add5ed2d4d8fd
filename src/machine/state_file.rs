//! Files with this machine's memory: read and replaced as a whole, under a lock for each directory.

use std::path::{Path, PathBuf};

use super::private::{self, PrivateError};
use crate::store::locked::LockedFile;

/// A local state file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] PrivateError),
    /// The file's content is invalid.
    #[error("`{}` is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
}

/// A state file's content; `None` if there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, StateError> {
    const CAP: usize = 64 << 20;
    Ok(private::read_memory(path, CAP)?)
}

/// Replaces a state file.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), StateError> {
    Ok(private::write_memory(path, bytes)?)
}

/// Removes a state file, if there is one.
pub(super) fn remove(path: &Path) -> Result<(), StateError> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(PrivateError::Io { verb: "remove", path: path.to_owned(), source }.into())
        }
        _ => Ok(()),
    }
}

/// Takes the lock of a directory of state files, so that two processes do not lose each other's entries.
pub(super) fn lock(directory: &Path) -> Result<LockedFile, StateError> {
    Ok(private::lock_memory(directory)?)
}
