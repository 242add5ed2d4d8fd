//! Changing files: whole, atomic and durable, or not at all.

use std::collections::VecDeque;
use std::ffi::CStr;
use std::fs::File;
use std::io::Write;
use std::time::Duration;

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{
    AtFlags, Mode, OFlags, RenameFlags, fsync, mkdirat, openat, renameat, renameat_with, statat, unlinkat,
};
use rustix::io::Errno;
use rustix::path::Arg;

use super::beneath::{check_inside, open_child, place};
use super::{DIR_FLAGS, Directory, is_regular_file};
use crate::model::time::Timestamp;
use crate::store::error::{Problem, StoreError, Verb};

impl Directory {
    /// Replaces or creates a file with `bytes`. At every moment the file is the old or the new one, and after this
    /// returns the new one survives a power failure. Missing directories are created.
    pub(crate) fn replace(&self, rel: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let put = self.put(rel, bytes, |dir, temp, leaf| {
            is_regular_file(dir, leaf)?;
            Ok(renameat(dir, temp, dir, leaf)?)
        });
        sync_changed(&put.map_err(|problem| StoreError::new(Verb::Write, rel, problem))?, rel)
    }

    /// Creates a file that must not exist yet, in the same way.
    pub(crate) fn create_new(&self, rel: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let put = self.put(rel, bytes, |dir, temp, leaf| rename_new(dir, temp, leaf));
        sync_changed(&put.map_err(|problem| StoreError::new(Verb::Create, rel, problem))?, rel)
    }

    /// Replaces many files of one file system, on Linux with two waits for the disk instead of two for each file.
    ///
    /// Each file is the old or the new one at every moment; which of them are new is only certain when this returns.
    pub(crate) fn replace_all(&self, files: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        if files.is_empty() {
            return Ok(());
        }
        // Temporary files are reopened by path: an open directory for each would exhaust the descriptors.
        let mut staged = Staged { root: self, temps: VecDeque::with_capacity(files.len()) };
        for (rel, bytes) in files {
            let temp = self.stage(rel, bytes).map_err(|problem| StoreError::new(Verb::Write, rel, problem))?;
            staged.temps.push_back((rel, temp));
        }
        self.sync_staged(&staged.temps)?;
        while let Some((rel, temp)) = staged.temps.front() {
            self.rename_staged(rel, temp).map_err(|problem| StoreError::new(Verb::Write, rel, problem))?;
            staged.temps.pop_front();
        }
        self.sync_renamed(files)
    }

    /// Removes a file, durably.
    pub(crate) fn remove(&self, rel: &str) -> Result<(), StoreError> {
        let remove = || {
            check_inside(rel)?;
            let (dir, leaf) = place(rel);
            let dir = self.open_dir(dir)?;
            if !is_regular_file(&dir, leaf)? {
                return Err(Problem::NotFound);
            }
            unlinkat(&dir, leaf, AtFlags::empty())?;
            Ok(dir)
        };
        sync_changed(&remove().map_err(|problem| StoreError::new(Verb::Remove, rel, problem))?, rel)
    }

    /// Removes temporary files that a killed writer left in one directory more than `max_age` before `now`.
    ///
    /// Must be called under the lock. Returns how many were removed; what cannot be removed stays.
    pub(crate) fn sweep_temps(&self, dir: &str, now: Timestamp, max_age: Duration) -> Result<usize, StoreError> {
        self.each_temp(dir, now, max_age, |open, name| unlinkat(open, name, AtFlags::empty()).is_ok())
    }

    /// How many files [`Directory::sweep_temps`] would remove.
    pub(super) fn count_temps(&self, dir: &str, now: Timestamp, max_age: Duration) -> Result<usize, StoreError> {
        self.each_temp(dir, now, max_age, |_, _| true)
    }

    fn each_temp(
        &self,
        dir: &str,
        now: Timestamp,
        max_age: Duration,
        act: impl Fn(&OwnedFd, &str) -> bool,
    ) -> Result<usize, StoreError> {
        let oldest = now.unix().saturating_sub_unsigned(max_age.as_secs());
        let mut stale = Vec::new();
        let collect = |name: &CStr, _| stale.extend(name.to_str().ok().filter(|name| is_temp(name)).map(str::to_owned));
        let Some(open) = self.each_entry(dir, collect)? else { return Ok(0) };
        stale.retain(|name| {
            let old = statat(&open, name.as_str(), AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|stat| stat.st_mtime <= oldest);
            old && act(&open, name)
        });
        Ok(stale.len())
    }

    /// Puts a file into its directory, which it returns.
    fn put(
        &self,
        rel: &str,
        bytes: &[u8],
        rename: impl Fn(BorrowedFd<'_>, &str, &str) -> Result<(), Problem>,
    ) -> Result<OwnedFd, Problem> {
        check_inside(rel)?;
        let (dir, leaf) = place(rel);
        let dir = self.make_dir(dir, Sync::Now)?;
        is_regular_file(&dir, leaf)?;
        let mut temp = Temp::write(dir.as_fd(), leaf, bytes)?;
        temp.file.sync_all()?;
        rename(dir.as_fd(), &temp.name, leaf)?;
        temp.renamed = true;
        drop(temp);
        Ok(dir)
    }

    /// Writes the temporary file for `rel` and returns its name.
    fn stage(&self, rel: &str, bytes: &[u8]) -> Result<String, Problem> {
        check_inside(rel)?;
        let (dir, leaf) = place(rel);
        let dir = self.make_dir(dir, Sync::Later)?;
        is_regular_file(&dir, leaf)?;
        let mut temp = Temp::write(dir.as_fd(), leaf, bytes)?;
        temp.renamed = true;
        Ok(std::mem::take(&mut temp.name))
    }

    fn rename_staged(&self, rel: &str, temp: &str) -> Result<(), Problem> {
        let (dir, leaf) = place(rel);
        let dir = self.open_dir(dir)?;
        is_regular_file(&dir, leaf)?;
        Ok(renameat(&dir, temp, &dir, leaf)?)
    }

    pub(super) fn open_dir(&self, rel: &str) -> Result<OwnedFd, Problem> {
        self.beneath.open(rel, DIR_FLAGS)
    }

    /// Opens a directory, creating missing components.
    fn make_dir(&self, rel: &str, sync: Sync) -> Result<OwnedFd, Problem> {
        match self.open_dir(rel) {
            Err(Problem::NotFound) => {}
            opened => return opened,
        }
        let mut dir = self.open_dir("")?;
        for component in rel.split('/') {
            dir = match open_child(dir.as_fd(), component, DIR_FLAGS) {
                Err(Problem::NotFound) => make_child(dir.as_fd(), component, sync)?,
                opened => opened?,
            };
        }
        Ok(dir)
    }

    #[cfg(target_os = "linux")]
    fn sync_staged(&self, _: &VecDeque<(&str, String)>) -> Result<(), StoreError> {
        rustix::fs::syncfs(self.beneath.dir()).map_err(|errno| StoreError::new(Verb::Write, ".", errno))
    }

    #[cfg(target_os = "linux")]
    fn sync_renamed(&self, _: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        rustix::fs::syncfs(self.beneath.dir()).map_err(|errno| StoreError::new(Verb::Sync, ".", errno))
    }

    /// Elsewhere nothing waits for a whole file system: sync(2) of macOS only begins to write.
    #[cfg(not(target_os = "linux"))]
    fn sync_staged(&self, temps: &VecDeque<(&str, String)>) -> Result<(), StoreError> {
        self.sync_files(temps)
    }

    #[cfg(not(target_os = "linux"))]
    fn sync_renamed(&self, files: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        self.sync_directories(files)
    }

    #[cfg(any(test, not(target_os = "linux")))]
    fn sync_files(&self, temps: &VecDeque<(&str, String)>) -> Result<(), StoreError> {
        let sync = |rel, temp: &str| -> Result<(), Problem> {
            let dir = self.open_dir(place(rel).0)?;
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            Ok(File::from(openat(&dir, temp, flags, Mode::empty())?).sync_all()?)
        };
        temps
            .iter()
            .try_for_each(|(rel, temp)| sync(rel, temp).map_err(|problem| StoreError::new(Verb::Write, rel, problem)))
    }

    /// Every directory of these files, and those above them, which may be new.
    #[cfg(any(test, not(target_os = "linux")))]
    fn sync_directories(&self, files: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        let mut dirs = std::collections::BTreeSet::from([""]);
        for (rel, _) in files {
            let mut dir = place(rel).0;
            while dirs.insert(dir) {
                dir = dir.rsplit_once('/').map_or("", |(above, _)| above);
            }
        }
        dirs.into_iter().try_for_each(|dir| {
            let synced = self.open_dir(dir).and_then(|opened| sync_dir(opened.as_fd()));
            synced.map_err(|problem| StoreError::new(Verb::Sync, dir, problem))
        })
    }
}

/// Waits until a change in a directory is on the disk. If that fails, the change was made all the same.
fn sync_changed(dir: &OwnedFd, rel: &str) -> Result<(), StoreError> {
    sync_dir(dir.as_fd()).map_err(|problem| StoreError::new(Verb::Sync, rel, problem))
}

/// When a new directory must be durable.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sync {
    /// Before anything is put into it.
    Now,
    /// Together with everything else.
    Later,
}

fn make_child(dir: BorrowedFd<'_>, name: &str, sync: Sync) -> Result<OwnedFd, Problem> {
    match mkdirat(dir, name, Mode::from_raw_mode(0o777)) {
        // Another process was faster.
        Err(Errno::EXIST) => {}
        made => {
            made?;
            if sync == Sync::Now {
                sync_dir(dir)?;
            }
        }
    }
    open_child(dir, name, DIR_FLAGS)
}

/// Renames unless the target exists. File systems without that kind of renaming have links, which do the same.
pub(crate) fn rename_new(dir: BorrowedFd<'_>, temp: impl Arg + Copy, leaf: impl Arg + Copy) -> Result<(), Problem> {
    match renameat_with(dir, temp, dir, leaf, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            rustix::fs::linkat(dir, temp, dir, leaf, AtFlags::empty())?;
            Ok(unlinkat(dir, temp, AtFlags::empty())?)
        }
        renamed => Ok(renamed?),
    }
}

/// Some network and user-space file systems cannot sync a directory, and return an error.
fn sync_dir(dir: BorrowedFd<'_>) -> Result<(), Problem> {
    match fsync(dir) {
        Err(Errno::INVAL) => Ok(()),
        synced => Ok(synced?),
    }
}

/// A file with its content but not yet under its name; it is removed on drop if it never gets it.
struct Temp<'a> {
    dir: BorrowedFd<'a>,
    name: String,
    file: File,
    renamed: bool,
}

impl<'a> Temp<'a> {
    /// The mode follows the user's umask, like that of any file of a repository.
    fn write(dir: BorrowedFd<'a>, leaf: &str, bytes: &[u8]) -> Result<Self, Problem> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        // Randomness only avoids collisions between writers here, so it is not passed in.
        let name = format!(".{leaf}.{:016x}.tmp", rand::random::<u64>());
        let file = File::from(openat(dir, name.as_str(), flags, Mode::from_raw_mode(0o666))?);
        let mut temp = Temp { dir, name, file, renamed: false };
        temp.file.write_all(bytes)?;
        Ok(temp)
    }
}

impl Drop for Temp<'_> {
    fn drop(&mut self) {
        if !self.renamed {
            // The failure that led here is the one to report.
            let _ = unlinkat(self.dir, self.name.as_str(), AtFlags::empty());
        }
    }
}

/// Temporary files in many directories, removed on drop if they never get their names.
struct Staged<'a> {
    root: &'a Directory,
    temps: VecDeque<(&'a str, String)>,
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        for (rel, temp) in &self.temps {
            if let Ok(dir) = self.root.open_dir(place(rel).0) {
                let _ = unlinkat(&dir, temp.as_str(), AtFlags::empty());
            }
        }
    }
}

/// Whether this is a name created by [`Temp`].
pub(super) fn is_temp(name: &str) -> bool {
    let random =
        name.strip_prefix('.').and_then(|name| name.strip_suffix(".tmp")).and_then(|name| name.rsplit_once('.'));
    random.is_some_and(|(leaf, random)| {
        !leaf.is_empty() && random.len() == 16 && random.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What other systems than Linux do instead of syncing a whole file system.
    #[test]
    fn staged_files_and_their_directories_are_synced_one_by_one() {
        let home = tempfile::tempdir().unwrap();
        let root = Directory::open(home.path()).unwrap();
        let files = [("a/b/c".to_owned(), b"1".to_vec()), ("d".to_owned(), b"2".to_vec())];
        let temps: Vec<String> = files.iter().map(|(rel, bytes)| root.stage(rel, bytes).unwrap()).collect();
        let mut staged: VecDeque<(&str, String)> = files.iter().map(|(rel, _)| rel.as_str()).zip(temps).collect();
        root.sync_files(&staged).unwrap();
        root.sync_directories(&files).unwrap();
        staged.push_back(("a/none", "none".into()));
        assert!(root.sync_files(&staged).is_err());
        assert!(root.sync_directories(&[("x/y".to_owned(), Vec::new())]).is_err());
    }
}
