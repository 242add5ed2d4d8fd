//! Every file below a vault's directory, whatever its name: the content of a backup.

use rustix::fs::{AtFlags, FileType, Mode, chmodat, statat};

use super::beneath::place;
use super::replace::is_temp;
use super::{Directory, LOCK};
use crate::store::error::{Problem, StoreError, Verb};

/// An entry below the vault's directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileEntry {
    /// Path relative to the vault, lossily converted if it is not UTF-8.
    pub path: String,
    /// What it is.
    pub kind: FileKind,
}

/// The kind of an entry below the vault's directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FileKind {
    /// A regular file that can be read by its path.
    File {
        /// Whether its owner may run it.
        is_executable: bool,
    },
    /// A link, a pipe, a device, a name that is not UTF-8.
    Other,
}

impl Directory {
    /// Everything below, by path, except the lock, temporary files of writers, and git's own directory.
    pub(crate) fn files(&self) -> Result<Vec<FileEntry>, StoreError> {
        let (mut found, mut waiting) = (Vec::new(), vec![String::new()]);
        while let Some(dir) = waiting.pop() {
            let mut files = Vec::new();
            let open = self.each_entry(&dir, |name, kind| {
                let readable = name.to_str();
                let path = join(&dir, &readable.map_or_else(|_| name.to_string_lossy(), Into::into));
                match (readable, kind) {
                    (Ok(".git"), _) => {}
                    (Ok(name), _) if path == LOCK || is_temp(name) => {}
                    (Ok(_), FileType::Directory) => waiting.push(path),
                    (Ok(_), FileType::RegularFile) => files.push(path),
                    _ => found.push(FileEntry { path, kind: FileKind::Other }),
                }
            })?;
            let Some(open) = open else { continue };
            for path in files {
                let stat = statat(&open, place(&path).1, AtFlags::SYMLINK_NOFOLLOW)
                    .map_err(|errno| StoreError::new(Verb::Read, &path, errno))?;
                let kind = FileKind::File { is_executable: stat.st_mode & 0o100 != 0 };
                found.push(FileEntry { path, kind });
            }
        }
        found.sort();
        Ok(found)
    }

    /// Makes a file executable for everybody who may read it.
    pub(crate) fn make_executable(&self, rel: &str) -> Result<(), StoreError> {
        let (dir, leaf) = place(rel);
        let change = || {
            let dir = self.open_dir(dir)?;
            let stat = statat(&dir, leaf, AtFlags::SYMLINK_NOFOLLOW)?;
            let mode = Mode::from_raw_mode(stat.st_mode & 0o777);
            let readable = mode & (Mode::RUSR | Mode::RGRP | Mode::ROTH);
            let runnable = Mode::from_raw_mode(readable.as_raw_mode() >> 2);
            Ok(chmodat(&dir, leaf, mode | runnable, AtFlags::empty())?)
        };
        change().map_err(|problem: Problem| StoreError::new(Verb::Write, rel, problem))
    }
}

fn join(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}
