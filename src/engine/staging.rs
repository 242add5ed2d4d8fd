//! A directory that is moved into place in one step, once it is complete.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::error::{Error, Result};
use super::parameters::random;
use crate::store::{Problem, StoreError, Verb};

/// A directory beside its target. It is removed on drop unless it was published.
#[derive(Debug)]
pub(crate) struct Staging {
    directory: PathBuf,
    target: PathBuf,
    is_published: bool,
}

impl Staging {
    /// An unused name beside the target. Nothing is created.
    pub(crate) fn beside(target: &Path) -> Self {
        let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let suffix = HEXLOWER.encode(&random::<6>());
        let directory = target.with_file_name(format!(".{name}.{suffix}.tmp"));
        Staging { directory, target: target.to_owned(), is_published: false }
    }

    /// The directories beside a target that killed processes left.
    pub(crate) fn left_beside(target: &Path) -> Vec<PathBuf> {
        let name = format!(".{}.", target.file_name().unwrap_or_default().to_string_lossy());
        let is_random = |word: &str| word.len() == 12 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_left = |path: &PathBuf| {
            let leaf = path.file_name().and_then(|leaf| leaf.to_str()).unwrap_or_default();
            let random = leaf.strip_prefix(&name).and_then(|rest| rest.strip_suffix(".tmp"));
            random.is_some_and(is_random) && path.is_dir() && !path.is_symlink()
        };
        let entries = target.parent().and_then(|parent| fs::read_dir(parent).ok()).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(is_left).collect()
    }

    /// The directory to fill.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Gives the finished directory its name, durably. The target must not exist or be empty.
    pub(crate) fn publish(mut self) -> Result<()> {
        fs::rename(&self.directory, &self.target).map_err(|error| self.failed(error))?;
        self.is_published = true;
        self.sync()
    }

    /// Gives the finished directory the name of an existing one, which gets the name `aside`, durably.
    pub(crate) fn replace(mut self, aside: &Path) -> Result<()> {
        fs::symlink_metadata(&self.target).map_err(|error| self.failed(error))?;
        renameat_with(CWD, &self.directory, CWD, aside, RenameFlags::NOREPLACE)
            .or_else(|errno| if is_unsupported(errno) { rename(&self.directory, aside) } else { Err(errno) })
            .map_err(|errno| self.failed(errno.into()))?;
        self.is_published = true;
        // The new directory has the name `aside` now, so that whatever ends the process in between, nothing old is under a
        // name that looks removable.
        let exchanged = renameat_with(CWD, aside, CWD, &self.target, RenameFlags::EXCHANGE)
            .or_else(|errno| if is_unsupported(errno) { self.exchange(aside) } else { Err(errno) });
        if let Err(errno) = exchanged {
            // If the target is unchanged, what is aside is the new one, which is no longer needed.
            self.is_published = !self.target.exists() || rename(aside, &self.directory).is_err();
            return Err(self.failed(errno.into()));
        }
        self.sync()
    }

    /// For file systems that cannot exchange two names at once.
    fn exchange(&self, aside: &Path) -> std::result::Result<(), Errno> {
        rename(&self.target, &self.directory)?;
        rename(aside, &self.target)?;
        rename(&self.directory, aside)
    }

    fn sync(&self) -> Result<()> {
        let parent = self.target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(parent).and_then(|parent| parent.sync_all()).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: io::Error) -> Error {
        Error::Store(StoreError::new(Verb::Create, &self.target.to_string_lossy(), Problem::from(error)))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.is_published {
            // Nothing was published: only we can remove the remains of the attempt.
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

fn is_unsupported(errno: Errno) -> bool {
    matches!(errno, Errno::INVAL | Errno::NOSYS | Errno::NOTSUP)
}

fn rename(from: &Path, to: &Path) -> std::result::Result<(), Errno> {
    rustix::fs::rename(from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(target: &Path, content: &str) -> Staging {
        let staging = Staging::beside(target);
        fs::create_dir(staging.directory()).unwrap();
        fs::write(staging.directory().join("file"), content).unwrap();
        staging
    }

    fn names(directory: &Path) -> usize {
        fs::read_dir(directory).unwrap().count()
    }

    #[test]
    fn it_appears_whole_or_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("vault");
        drop(filled(&target, "dropped"));
        assert_eq!(names(home.path()), 0);
        filled(&target, "first").publish().unwrap();
        assert_eq!(fs::read_to_string(target.join("file")).unwrap(), "first");
        assert!(filled(&target, "second").publish().is_err(), "a directory that holds something stays");
        assert_eq!(names(home.path()), 1);
    }

    #[test]
    fn what_was_there_is_kept_aside() {
        let home = tempfile::tempdir().unwrap();
        let (target, aside) = (home.path().join("vault"), home.path().join("vault.old"));
        filled(&target, "first").publish().unwrap();
        filled(&target, "second").replace(&aside).unwrap();
        assert!(filled(&target, "third").replace(&aside).is_err(), "the name is taken");
        assert!(filled(&home.path().join("none"), "fourth").replace(&home.path().join("none.old")).is_err());
        assert_eq!(names(home.path()), 2);
        let read = |directory: &Path| fs::read_to_string(directory.join("file")).unwrap();
        assert_eq!((read(&target), read(&aside)), ("second".into(), "first".into()));
    }

    #[test]
    fn two_names_are_exchanged_in_three_steps_where_one_is_not_supported() {
        let home = tempfile::tempdir().unwrap();
        let (target, aside) = (home.path().join("vault"), home.path().join("vault.old"));
        for (directory, content) in [(&target, "old"), (&aside, "new")] {
            fs::create_dir(directory).unwrap();
            fs::write(directory.join("file"), content).unwrap();
        }
        Staging::beside(&target).exchange(&aside).unwrap();
        assert_eq!(fs::read_to_string(target.join("file")).unwrap(), "new");
        assert_eq!(fs::read_to_string(aside.join("file")).unwrap(), "old");
    }
}
