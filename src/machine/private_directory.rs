//! Temporary files with plaintexts: in their own private directory, and removed together with it.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use data_encoding::BASE32HEX_NOPAD;
use rand::RngCore;
use rand::rngs::OsRng;
use rustix::fs::OFlags;
use zeroize::Zeroizing;

use crate::store::locked::LockedFile;

/// A private directory for plaintexts. Dropping it removes it with all that is in it.
pub(crate) struct PrivateDirectory {
    path: PathBuf,
    /// Locked as long as this process lives, so that others see who left a directory behind.
    _lock: LockedFile,
}

/// What was found at the path of a file.
pub(crate) enum Found {
    /// The content.
    Content(Zeroizing<Vec<u8>>),
    /// More than the limit.
    TooLarge,
    /// A link, a directory, a device.
    NotAFile,
}

impl PrivateDirectory {
    /// Creates a directory (0700) below `parent`, whose name begins with `vault-` and the purpose. Removes those for
    /// the same purpose that a killed process has left there.
    pub(crate) fn create(parent: &Path, purpose: &str) -> io::Result<Self> {
        Self::named(parent, &format!("vault-{purpose}-"))
    }

    /// The same beside a file that is about to be written, which may be in a work tree: hidden, and ignored by git.
    pub(crate) fn beside(file: &Path) -> io::Result<Self> {
        let parent = file.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
        let directory = Self::named(parent, ".vault-out-")?;
        directory.put(".gitignore", b"*\n")?;
        Ok(directory)
    }

    fn named(parent: &Path, prefix: &str) -> io::Result<Self> {
        sweep(parent, prefix);
        let mut random = [0; 10];
        OsRng.fill_bytes(&mut random);
        let random = BASE32HEX_NOPAD.encode(&random).to_ascii_lowercase();
        // It is locked before it gets the name that others search for.
        let unborn = parent.join(format!(".vault-{random}"));
        DirBuilder::new().mode(0o700).create(&unborn)?;
        let path = parent.join(format!("{prefix}{random}"));
        // A file system without locks has nothing swept.
        let locked = File::open(&unborn).inspect(|lock| drop(lock.lock()));
        match locked.and_then(|lock| fs::rename(&unborn, &path).map(|()| lock)) {
            Ok(lock) => Ok(PrivateDirectory { path, _lock: LockedFile::of(lock) }),
            Err(error) => {
                remove(&unborn);
                Err(error)
            }
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The path of a file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Creates a file (0600) with this content, or replaces an existing one.
    pub(crate) fn put(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let path = self.file(name);
        let next = self.file(&format!(".{name}.next"));
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&next)
            .and_then(|mut file| file.write_all(content))
            .and_then(|()| fs::rename(&next, &path));
        written.inspect_err(|_| drop(fs::remove_file(&next)))
    }

    /// Reads what is in a file now, at most `limit` bytes. Editors that save by renaming put another file there.
    pub(crate) fn read(&self, name: &str, limit: usize) -> io::Result<Found> {
        // Without NONBLOCK a FIFO would hang.
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let path = self.file(name);
        let file = match OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path) {
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
                return Ok(Found::NotAFile);
            }
            other => other?,
        };
        if file.metadata()?.is_file() { content(file, limit) } else { Ok(Found::NotAFile) }
    }
}

impl Drop for PrivateDirectory {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Removes a private directory with all that is in it. It follows no link.
pub(crate) fn remove(directory: &Path) {
    let _ = fs::remove_dir_all(directory);
}

/// Removes what this user's processes have left below `parent`: directories whose lock nobody holds.
fn sweep(parent: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix)) {
        let path = entry.path();
        let flags = OFlags::NOFOLLOW | OFlags::DIRECTORY;
        let directory = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(&path);
        let is_left = directory.is_ok_and(|directory| {
            let is_own = directory.metadata().is_ok_and(|found| found.uid() == rustix::process::geteuid().as_raw());
            is_own && !matches!(directory.try_lock(), Err(TryLockError::WouldBlock | TryLockError::Error(_)))
        });
        if is_left {
            remove(&path);
        }
    }
}

fn content(file: File, limit: usize) -> io::Result<Found> {
    // One more byte shows whether there is more.
    let mut bytes = Zeroizing::new(Vec::with_capacity(limit + 1));
    file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    Ok(if bytes.len() > limit { Found::TooLarge } else { Found::Content(bytes) })
}

/// The first of the user's runtime directory and `/dev/shm` that is kept in memory and not on a disk.
pub(crate) fn memory_directory(runtime: Option<&Path>) -> Option<PathBuf> {
    let runtime = runtime.filter(|path| path.is_absolute() && is_own(path));
    runtime.into_iter().chain([Path::new("/dev/shm")]).find(|path| is_in_memory(path)).map(Path::to_path_buf)
}

fn is_own(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_dir() && found.uid() == rustix::process::geteuid().as_raw())
}

#[cfg(target_os = "linux")]
fn is_in_memory(path: &Path) -> bool {
    // From linux/magic.h.
    const TMPFS: u64 = 0x0102_1994;
    const RAMFS: u64 = 0x8584_58f6;
    rustix::fs::statfs(path)
        .is_ok_and(|found| u64::try_from(found.f_type).is_ok_and(|kind| [TMPFS, RAMFS].contains(&kind)))
}

#[cfg(not(target_os = "linux"))]
fn is_in_memory(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn directory_and_file_are_private_and_go() {
        let parent = tempfile::tempdir().unwrap();
        let directory = PrivateDirectory::create(parent.path(), "test").unwrap();
        directory.put("value", b"hunter2").unwrap();
        assert_eq!((mode(directory.path()), mode(&directory.file("value"))), (0o700, 0o600));
        directory.put("value", b"hunter3").unwrap();
        assert_eq!(fs::read(directory.file("value")).unwrap(), b"hunter3");
        fs::write(directory.file("value.swp"), b"left by an editor").unwrap();
        drop(directory);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn beside_a_file_it_is_hidden_and_ignored_and_what_was_left_goes() {
        let parent = tempfile::tempdir().unwrap();
        let left = parent.path().join(".vault-out-left");
        fs::create_dir(&left).unwrap();
        let directory = PrivateDirectory::beside(&parent.path().join("app.conf")).unwrap();
        assert!(!left.exists() && directory.path().file_name().unwrap().to_string_lossy().starts_with(".vault-out-"));
        assert_eq!(fs::read(directory.file(".gitignore")).unwrap(), b"*\n");
    }

    #[test]
    fn a_file_that_replaced_it_is_read_and_a_link_is_not() {
        let parent = tempfile::tempdir().unwrap();
        let directory = PrivateDirectory::create(parent.path(), "test").unwrap();
        directory.put("value", b"old").unwrap();
        fs::write(directory.file("new"), b"newer").unwrap();
        fs::rename(directory.file("new"), directory.file("value")).unwrap();
        assert!(matches!(directory.read("value", 5).unwrap(), Found::Content(found) if *found == b"newer"));
        assert!(matches!(directory.read("value", 4).unwrap(), Found::TooLarge));
        fs::remove_file(directory.file("value")).unwrap();
        symlink("/etc/passwd", directory.file("value")).unwrap();
        assert!(matches!(directory.read("value", 4).unwrap(), Found::NotAFile));
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_what_is_in_use_is_not() {
        let parent = tempfile::tempdir().unwrap();
        let (left, foreign) = (parent.path().join("vault-test-left"), parent.path().join("vault-other-left"));
        fs::create_dir(&left).unwrap();
        fs::write(left.join("value"), b"hunter2").unwrap();
        fs::create_dir(&foreign).unwrap();
        let in_use = PrivateDirectory::create(parent.path(), "test").unwrap();
        let second = PrivateDirectory::create(parent.path(), "test").unwrap();
        assert!(!left.exists() && foreign.exists() && in_use.path().exists() && second.path().exists());
    }

    #[test]
    fn a_directory_on_disk_or_of_others_is_passed_over() {
        assert!(!is_in_memory(Path::new("/proc")));
        assert_ne!(memory_directory(Some(Path::new("/proc"))), Some("/proc".into()));
        assert_ne!(memory_directory(Some(Path::new("relative"))), Some("relative".into()));
    }
}
