//! Files with this machine's memory: read and replaced as a whole, under a lock for each directory.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;

use super::private::{self, PrivateError};
use crate::crypto::framing::sha256;
use crate::store::locked::LockedFile;

/// A local state file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] PrivateError),
    /// The file's content is invalid.
    #[error("`{}` is damaged", path.display())]
    Damaged { path: PathBuf },
}

impl StateError {
    pub(super) fn damaged(path: &Path) -> Self {
        StateError::Damaged { path: path.to_owned() }
    }
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

/// What the lines of a state file say, each in the form that `parse` knows; nothing if there is no file.
pub(super) fn read_lines<T, C: FromIterator<T>>(
    path: &Path,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<C, StateError> {
    let text = String::from_utf8(read(path)?.unwrap_or_default()).ok();
    text.and_then(|text| text.lines().map(parse).collect()).ok_or_else(|| StateError::damaged(path))
}

/// Replaces a state file by these lines.
pub(super) fn write_lines(path: &Path, lines: impl IntoIterator<Item = impl Display>) -> Result<(), StateError> {
    let text: Vec<_> = lines.into_iter().map(|line| format!("{line}\n")).collect();
    write(path, text.concat().as_bytes())
}

/// Which of 256 files a path belongs to: the first byte of its SHA-256.
pub(super) fn number_of(path: &str) -> u8 {
    sha256(path.as_bytes())[0]
}

/// The file of that number in a directory.
pub(super) fn numbered(directory: &Path, number: u8) -> PathBuf {
    directory.join(format!("{number:02x}"))
}

/// Bytes that are written in hexadecimal digits.
pub(super) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
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
