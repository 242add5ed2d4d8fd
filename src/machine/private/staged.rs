//! A private file that is written piece by piece and appears whole.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use super::{Overwrite, PrivateError, create_temporary, failed, parent, require_regular};
use crate::store::directory::replace::rename_new;
use crate::store::error::Problem;

/// A file that is not under its name yet. It is removed on drop if it never gets it.
pub(crate) struct StagedFile {
    file: File,
    temporary: Option<PathBuf>,
    path: PathBuf,
    overwrite: Overwrite,
}

impl StagedFile {
    /// Begins a file that only this user may open, in a directory that exists. A file that must not be replaced is
    /// refused now, and again when the new one gets its name. So is anything that is not a regular file.
    pub(crate) fn begin(path: &Path, overwrite: Overwrite) -> Result<Self, PrivateError> {
        if overwrite == Overwrite::Refuse && path.symlink_metadata().is_ok() {
            return Err(PrivateError::Exists { path: path.to_owned() });
        }
        if !parent(path).is_dir() {
            return Err(PrivateError::Absent { path: parent(path).to_owned() });
        }
        if path.file_name().is_none() {
            return Err(PrivateError::NotAFile { path: path.to_owned() });
        }
        require_regular(path)?;
        let (temporary, file) = create_temporary(path)?;
        Ok(StagedFile { file, temporary: Some(temporary), path: path.to_owned(), overwrite })
    }

    /// Where it is being written, so that it can be removed if the process is terminated.
    pub(crate) fn temporary(&self) -> Option<&Path> {
        self.temporary.as_deref()
    }

    /// Gives the file its name, durably.
    pub(crate) fn publish(mut self) -> Result<(), PrivateError> {
        self.file.sync_all().map_err(|source| failed("write", &self.path, source))?;
        let Some(temporary) = self.temporary.take() else { return Ok(()) };
        let published = require_regular(&self.path).and_then(|()| self.rename(&temporary));
        if published.is_err() {
            let _ = std::fs::remove_file(&temporary);
        }
        published
    }

    fn rename(&self, temporary: &Path) -> Result<(), PrivateError> {
        let directory = parent(&self.path);
        let opened = rustix::fs::open(directory, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
        let opened = File::from(opened.map_err(|errno| failed("write", directory, errno))?);
        match self.overwrite {
            Overwrite::Replace => std::fs::rename(temporary, &self.path),
            Overwrite::Refuse => {
                let [temporary, path] = [temporary, &self.path].map(|path| path.file_name().unwrap_or_default());
                rename_new(opened.as_fd(), temporary, path).map_err(|problem| match problem {
                    Problem::AlreadyThere => io::ErrorKind::AlreadyExists.into(),
                    Problem::System(error) => error,
                    other => io::Error::other(other.to_string()),
                })
            }
        }
        .and_then(|()| opened.sync_all())
        .map_err(|source| failed("write", &self.path, source))
    }
}

impl Write for StagedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            let _ = std::fs::remove_file(temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn it_appears_whole_and_private_or_not_at_all() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("backup.age");
        let mut file = StagedFile::begin(&path, Overwrite::Refuse).unwrap();
        file.write_all(b"first").unwrap();
        assert!(!path.exists());
        file.publish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);

        let mut dropped = StagedFile::begin(&path, Overwrite::Replace).unwrap();
        dropped.write_all(b"second").unwrap();
        drop(dropped);
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
        assert_eq!(fs::read(&path).unwrap(), b"first");
    }

    #[test]
    fn a_file_that_is_there_is_kept_unless_asked_otherwise() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("backup.age");
        let early = StagedFile::begin(&path, Overwrite::Refuse).unwrap();
        fs::write(&path, "theirs").unwrap();
        assert!(matches!(early.publish(), Err(PrivateError::Exists { .. })));
        assert!(matches!(StagedFile::begin(&path, Overwrite::Refuse), Err(PrivateError::Exists { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"theirs");
        StagedFile::begin(&path, Overwrite::Replace).unwrap().publish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"");
        assert!(matches!(StagedFile::begin(home.path(), Overwrite::Replace), Err(PrivateError::NotAFile { .. })));
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }
}
