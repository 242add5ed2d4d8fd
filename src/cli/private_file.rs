//! A file that holds a plaintext for a moment: on a memory file system, in a directory of its own that nobody else can
//! enter, and gone with this value, or with the process when a signal ends it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use data_encoding::BASE32HEX_NOPAD;
use rand::RngCore;
use rand::rngs::OsRng;
use rustix::fs::OFlags;
use zeroize::Zeroizing;

use super::signal;
use super::value_input::LIMIT;

/// A private directory with one file in it.
pub(super) struct PrivateFile {
    directory: PathBuf,
    path: PathBuf,
    _guard: signal::Guard,
}

/// What was found where the file was.
pub(super) enum Found {
    /// The content.
    Content(Zeroizing<Vec<u8>>),
    /// More than a value can hold.
    TooLarge,
    /// A link, a directory, a device.
    NotAFile,
}

impl PrivateFile {
    /// Makes the directory (0700) below `parent` and the file (0600) in it.
    pub(super) fn create(parent: &Path, content: &[u8]) -> io::Result<Self> {
        let mut random = [0; 10];
        OsRng.fill_bytes(&mut random);
        let directory = parent.join(format!("vault-edit-{}", BASE32HEX_NOPAD.encode(&random).to_ascii_lowercase()));
        DirBuilder::new().mode(0o700).create(&directory)?;
        let doomed = directory.clone();
        let guard = signal::before_end(move || remove(&doomed)).inspect_err(|_| remove(&directory))?;
        let file = PrivateFile { path: directory.join("value"), directory, _guard: guard };
        // From here on, an error drops `file` and with it the directory.
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file.path)?.write_all(content)?;
        Ok(file)
    }

    /// Where the file is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads what is at the path now. Editors that save by renaming put another file there.
    pub(super) fn read_again(&self) -> io::Result<Found> {
        // Without NONBLOCK a FIFO would hang.
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = match OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(&self.path) {
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
                return Ok(Found::NotAFile);
            }
            other => other?,
        };
        if file.metadata()?.is_file() { content(file) } else { Ok(Found::NotAFile) }
    }
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        remove(&self.directory);
    }
}

/// Removes the directory with all that an editor left in it. It follows no link.
fn remove(directory: &Path) {
    let _ = fs::remove_dir_all(directory);
}

fn content(file: File) -> io::Result<Found> {
    // The final line feed an editor adds, and one byte that shows there is more.
    const ROOM: usize = LIMIT + 2;
    let mut bytes = Zeroizing::new(Vec::with_capacity(ROOM));
    file.take(ROOM as u64).read_to_end(&mut bytes)?;
    Ok(if bytes.len() == ROOM { Found::TooLarge } else { Found::Content(bytes) })
}

/// The first of the user's runtime directory and `/dev/shm` that is kept in memory and not on a disk.
pub(super) fn memory_directory(runtime: Option<&Path>) -> Option<PathBuf> {
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
        let file = PrivateFile::create(parent.path(), b"hunter2").unwrap();
        assert_eq!((mode(file.path().parent().unwrap()), mode(file.path())), (0o700, 0o600));
        fs::write(file.path().with_extension("swp"), b"left by an editor").unwrap();
        drop(file);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_that_replaced_it_is_read_and_a_link_is_not() {
        let parent = tempfile::tempdir().unwrap();
        let file = PrivateFile::create(parent.path(), b"old").unwrap();
        fs::write(file.path().with_extension("new"), b"new").unwrap();
        fs::rename(file.path().with_extension("new"), file.path()).unwrap();
        assert!(matches!(file.read_again().unwrap(), Found::Content(found) if *found == b"new"));
        fs::remove_file(file.path()).unwrap();
        symlink("/etc/passwd", file.path()).unwrap();
        assert!(matches!(file.read_again().unwrap(), Found::NotAFile));
    }

    #[test]
    fn a_directory_on_disk_or_of_others_is_passed_over() {
        assert!(!is_in_memory(Path::new("/proc")));
        assert_ne!(memory_directory(Some(Path::new("/proc"))), Some("/proc".into()));
        assert_ne!(memory_directory(Some(Path::new("relative"))), Some("relative".into()));
    }
}
