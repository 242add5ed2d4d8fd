//! A whole vault as one archive: every file of it, byte for byte.

use std::io::Write;

use super::error::{Error, Result};
use super::vault::Vault;
use crate::format::caps;
use crate::format::layout::is_of_vault;
use crate::model::time::Timestamp;
use crate::store::Directory;
use crate::store::archive::Writer;
use crate::store::directory::{FileEntry, FileKind};
use crate::store::{Problem, StoreError, Verb};

/// What a backup contains.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct BackedUp {
    /// Files.
    pub files: usize,
    /// Their size in bytes.
    pub bytes: u64,
    /// What is in the vault's directory but does not belong in a vault, or is too large: relative to it.
    pub left_out: Vec<String>,
}

impl Vault<'_> {
    /// Writes all files of the vault as an archive, while no other process of this machine writes to it. `progress` is
    /// called with the number of files done. Nothing is verified.
    pub(crate) fn back_up<W: Write>(
        &self,
        output: W,
        now: Timestamp,
        mut progress: impl FnMut(usize),
    ) -> Result<(BackedUp, W)> {
        let _writing = self.writing(now)?;
        let directory = Directory::open(self.path())?;
        let mut archive = Writer::new(output);
        let mut report = BackedUp::default();
        for FileEntry { path, kind } in directory.files()? {
            let FileKind::File { is_executable } = kind else {
                report.left_out.push(path);
                continue;
            };
            let Some(bytes) = self.packable(&path)? else {
                report.left_out.push(path);
                continue;
            };
            archive.add(&path, is_executable, &bytes)?;
            report.files += 1;
            report.bytes += bytes.len() as u64;
            progress(report.files);
        }
        let output = archive.finish()?;
        Ok((report, output))
    }

    /// A file's content; `None` if no restore would accept it.
    fn packable(&self, path: &str) -> Result<Option<Vec<u8>>> {
        if !is_of_vault(path) {
            return Ok(None);
        }
        match self.files.read(path, caps::DOCUMENT) {
            Err(StoreError { problem: Problem::TooLarge { .. }, .. }) => Ok(None),
            // Git ignores the lock.
            Ok(None) => Err(Error::Store(StoreError::new(Verb::Read, path, Problem::NotFound))),
            read => Ok(read?),
        }
    }
}
