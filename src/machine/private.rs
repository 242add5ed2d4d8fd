//! Private files on this machine: identities, signing keys, the configuration. Never anything inside a vault.
//!
//! A private file is a regular file, not a symbolic link, belongs to this user or to root, and nobody else may open
//! it. Reading checks this on the open descriptor, so nothing can be swapped between the check and the read.

mod memory;
mod output;
mod staged;

use std::fs::{DirBuilder, File};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags, fstat};
use rustix::io::Errno;
use zeroize::Zeroizing;

use super::private_directory::PrivateDirectory;

use self::memory::open_made;
pub(crate) use self::memory::try_lock_memory;
pub(super) use self::memory::{
    lock_memory, names_in, numbered_in, open_appended, open_lock, open_memory, read_memory, write_memory,
};
pub(crate) use self::output::{Output, require_directory, write_output};
pub(crate) use self::staged::StagedFile;

/// Why a private file was not read or written. Contents never appear here.
#[derive(Debug, thiserror::Error)]
pub enum PrivateError {
    /// There is no such file.
    #[error("`{}` does not exist", .path.display())]
    Absent { path: PathBuf },
    /// A file that must not be replaced already exists.
    #[error("`{}` already exists and was not changed", .path.display())]
    Exists { path: PathBuf },
    /// The last component of the path is a symbolic link.
    #[error("`{}` is a symbolic link; give the file itself", .path.display())]
    Link { path: PathBuf },
    /// A directory, a pipe, a device or a socket.
    #[error("`{}` is not a regular file", .path.display())]
    NotAFile {
        /// What was found.
        path: PathBuf,
    },
    /// The file belongs to somebody else.
    #[error("`{}` belongs to another user", .path.display())]
    Foreign { path: PathBuf },
    /// Others may read or write it.
    #[error("`{}` is open to other users (mode {mode:04o}); run `chmod 600 {}`", .path.display(), .path.display())]
    TooWide {
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// More bytes than such a file can have.
    #[error("`{}` is larger than {limit} bytes", .path.display())]
    TooLarge { path: PathBuf, limit: usize },
    /// Too many files.
    #[error("`{}` has more than {limit} files", .path.display())]
    TooMany { path: PathBuf, limit: usize },
    /// Anything else that the system refused.
    #[error("cannot {verb} `{}`: {source}", .path.display())]
    Io {
        /// What was tried: "read", "write", "create".
        verb: &'static str,
        /// The file or directory.
        path: PathBuf,
        source: io::Error,
    },
}

/// Whether an existing file may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overwrite {
    /// The file stays and the write fails. For identities and keys: nothing could restore the old one.
    Refuse,
    /// The new content takes its place in one step.
    Replace,
}

/// Who else may open a file that is read.
#[derive(Clone, Copy)]
enum Privacy {
    /// Nobody.
    Secret,
    /// Nobody, or the group if the file is root's: a service manager grants access that way (the group bits of
    /// the mode are then the mask of an access list).
    Credential,
    /// Anybody may read, nobody else may write.
    Settings,
}

/// The content of a secret file, at most `cap` bytes of it.
pub(crate) fn read_private(path: &Path, cap: usize) -> Result<Zeroizing<Vec<u8>>, PrivateError> {
    read(path, cap, Privacy::Secret)
}

/// The content of a secret file that the user names, at most `cap` bytes of it. It may be behind a symbolic link, as files of
/// Kubernetes are, or be a pipe of the shell: `<(…)`.
pub(crate) fn read_given(path: &Path, cap: usize) -> Result<Zeroizing<Vec<u8>>, PrivateError> {
    let file = open(path, OFlags::empty())?;
    let is_descriptor = ["/dev/fd/", "/proc/self/fd/"].iter().any(|directory| path.starts_with(directory));
    if !is_descriptor {
        return read_opened(file, path, cap, Privacy::Credential);
    }
    let stat = fstat(&file).map_err(|errno| failed("read", path, errno))?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::Fifo {
        return Err(PrivateError::Link { path: path.to_owned() });
    }
    let read = wait_for(&file).and_then(|()| read_capped(file, cap)).map_err(|source| failed("read", path, source))?;
    read.ok_or_else(|| PrivateError::TooLarge { path: path.to_owned(), limit: cap })
}

/// The content of a file from a service manager's credential directory, at most `cap` bytes of it.
pub(crate) fn read_credential(path: &Path, cap: usize) -> Result<Zeroizing<Vec<u8>>, PrivateError> {
    read(path, cap, Privacy::Credential)
}

/// The content of a file that others may read but not change, at most `cap` bytes of it.
pub(crate) fn read_settings(path: &Path, cap: usize) -> Result<Zeroizing<Vec<u8>>, PrivateError> {
    read(path, cap, Privacy::Settings)
}

/// Writes a file that nobody else can open, durably and in one step, whatever the umask is.
///
/// Directories that are missing on the way are created with mode 0700. After a crash the file has its old or its new
/// content, never part of it. What a killed process leaves is hidden, ignored by git, and removed by the next one.
pub(crate) fn write_private(path: &Path, bytes: &[u8], overwrite: Overwrite) -> Result<(), PrivateError> {
    let directory = parent(path);
    create_directory(directory)?;
    let private = PrivateDirectory::beside(path).map_err(|source| failed("create", path, source))?;
    let (temporary, file) = create_temporary(&private.file("file"))?;
    fill(file, bytes).map_err(|source| failed("write", path, source))?;
    place(&temporary, path, overwrite)?;
    drop(private);
    File::open(directory).and_then(|opened| opened.sync_all()).map_err(|source| failed("write", directory, source))
}

/// Appends to a file, which is created for this user alone if it is missing. An existing one keeps its mode.
pub(crate) fn append_private(path: &Path, bytes: &[u8]) -> Result<(), PrivateError> {
    require_regular(path)?;
    let opened = open_made(parent(path), path, OFlags::WRONLY | OFlags::APPEND);
    opened.and_then(|mut file| file.write_all(bytes)).map_err(|source| failed("write", path, source))
}

/// Creates a directory and its missing parents with mode 0700; one that exists is left as it is.
pub(crate) fn create_directory(path: &Path) -> Result<(), PrivateError> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|source| failed("create", path, source))
}

fn read(path: &Path, cap: usize, privacy: Privacy) -> Result<Zeroizing<Vec<u8>>, PrivateError> {
    read_opened(open(path, OFlags::NOFOLLOW)?, path, cap, privacy)
}

fn read_opened(file: File, path: &Path, cap: usize, privacy: Privacy) -> Result<Zeroizing<Vec<u8>>, PrivateError> {
    let size = usize::try_from(check(&file, path, privacy)?).unwrap_or(cap);
    read_sized(file, size, cap)
        .map_err(|source| failed("read", path, source))?
        .ok_or_else(|| PrivateError::TooLarge { path: path.to_owned(), limit: cap })
}

/// The content of a file whose size is known, in a buffer of that size; one that has grown since is read again.
fn read_sized(mut file: File, size: usize, cap: usize) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    if size < cap {
        if let Some(bytes) = read_capped(&file, size)? {
            return Ok(Some(bytes));
        }
        file.rewind()?;
    }
    read_capped(file, cap)
}

fn open(path: &Path, links: OFlags) -> Result<File, PrivateError> {
    // Without NONBLOCK a planted pipe would block the program before it can be checked.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY | links;
    match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(opened) => Ok(File::from(opened)),
        Err(Errno::LOOP) => Err(PrivateError::Link { path: path.to_owned() }),
        Err(errno) => Err(failed("read", path, errno)),
    }
}

/// Opens an inherited descriptor by its path, also a pipe whose writer has finished already.
pub(crate) fn open_descriptor(number: i32) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = File::from(rustix::fs::open(format!("/dev/fd/{number}"), flags, Mode::empty())?);
    wait_for(&file).map(|()| file)
}

/// From now on, reading waits for whoever writes.
fn wait_for(file: &File) -> io::Result<()> {
    Ok(rustix::fs::fcntl_setfl(file, OFlags::empty())?)
}

/// The size of an open file, if it is one and nobody else may open it.
fn check(file: &File, path: &Path, privacy: Privacy) -> Result<u64, PrivateError> {
    let stat = fstat(file).map_err(|errno| failed("read", path, errno))?;
    let path = path.to_owned();
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(PrivateError::NotAFile { path });
    }
    if stat.st_uid != 0 && stat.st_uid != rustix::process::geteuid().as_raw() {
        return Err(PrivateError::Foreign { path });
    }
    let forbidden = match privacy {
        Privacy::Credential if stat.st_uid == 0 => 0o037,
        Privacy::Secret | Privacy::Credential => 0o077,
        Privacy::Settings => 0o022,
    };
    let mode = stat.st_mode & 0o7777;
    if mode & forbidden != 0 {
        return Err(PrivateError::TooWide { path, mode });
    }
    Ok(u64::try_from(stat.st_size).unwrap_or(0))
}

/// Everything up to `cap` bytes, or `None` if there is more. Counted while reading: a file can grow after its size was
/// checked. Reading beyond the cap costs one page, and the buffer never moves, so no copy stays behind.
pub(crate) fn read_capped(mut source: impl Read, cap: usize) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let mut bytes = Zeroizing::new(vec![0; cap + 1]);
    let mut length = 0;
    while length < bytes.len() {
        match source.read(&mut bytes[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(length);
    Ok((length <= cap).then_some(bytes))
}

/// A new file beside the destination. The name need not be secret: an existing one is never opened.
fn create_temporary(path: &Path) -> Result<(PathBuf, File), PrivateError> {
    let leaf = path.file_name().unwrap_or_default().to_string_lossy();
    for attempt in 0..100 {
        let temporary = parent(path).join(format!(".{leaf}.{}-{attempt}.tmp", std::process::id()));
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::open(&temporary, flags, Mode::RUSR | Mode::WUSR) {
            Ok(opened) => return Ok((temporary, File::from(opened))),
            Err(Errno::EXIST) => {}
            Err(errno) => return Err(failed("create", &temporary, errno)),
        }
    }
    Err(failed("create", path, io::ErrorKind::AlreadyExists))
}

fn fill(mut file: File, bytes: &[u8]) -> io::Result<()> {
    // The umask may have removed bits that the owner needs.
    rustix::fs::fchmod(&file, Mode::RUSR | Mode::WUSR)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Only regular files are replaced or appended to: replacing a device or a pipe would remove it for everybody, and a
/// link leads to another file than the given one.
pub(crate) fn require_regular(path: &Path) -> Result<(), PrivateError> {
    let path = path.to_owned();
    match path.symlink_metadata() {
        Ok(found) if found.is_symlink() => Err(PrivateError::Link { path }),
        Ok(found) if !found.is_file() => Err(PrivateError::NotAFile { path }),
        _ => Ok(()),
    }
}

fn place(temporary: &Path, path: &Path, overwrite: Overwrite) -> Result<(), PrivateError> {
    let placed = match overwrite {
        Overwrite::Replace => {
            require_regular(path)?;
            std::fs::rename(temporary, path)
        }
        // Unlike a rename, a link fails if the name is taken, with no moment in between.
        Overwrite::Refuse => std::fs::hard_link(temporary, path),
    };
    placed.map_err(|source| failed("write", path, source))
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    }
}

pub(super) fn failed(verb: &'static str, path: &Path, source: impl Into<io::Error>) -> PrivateError {
    let (path, source) = (path.to_owned(), source.into());
    match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => PrivateError::Absent { path },
        io::ErrorKind::AlreadyExists => PrivateError::Exists { path },
        _ => PrivateError::Io { verb, path, source },
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn planted(directory: &Path, mode: u32) -> PathBuf {
        let path = directory.join("identity");
        fs::write(&path, "text").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    const UMASK_CHILD: &str = "VAULT_TEST_UMASK_DIRECTORY";

    /// The umask belongs to the whole process, so each one is tried in a process of its own.
    #[test]
    fn files_are_0600_and_directories_0700_under_any_umask() {
        if let Some(directory) = std::env::var_os(UMASK_CHILD) {
            return write_private(&Path::new(&directory).join("new/id"), b"text", Overwrite::Replace).unwrap();
        }
        for umask in ["000", "022", "077"] {
            let home = tempfile::tempdir().unwrap();
            let test = "machine::private::tests::files_are_0600_and_directories_0700_under_any_umask";
            let script = format!("umask {umask}; exec \"$0\" --exact {test}");
            let child = std::process::Command::new("sh")
                .args(["-c", &script])
                .arg(std::env::current_exe().unwrap())
                .env(UMASK_CHILD, home.path())
                .output()
                .unwrap();
            assert!(child.status.success());
            assert_eq!(mode(&home.path().join("new/id")), 0o600, "umask {umask}");
            assert_eq!(mode(&home.path().join("new")), 0o700, "umask {umask}");
        }
    }

    #[test]
    fn a_secret_that_others_can_open_is_refused_with_the_command_that_mends_it() {
        let home = tempfile::tempdir().unwrap();
        for wide in [0o640, 0o604, 0o660, 0o644, 0o666, 0o610] {
            let path = planted(home.path(), wide);
            let error = read_private(&path, 100).unwrap_err();
            assert!(error.to_string().contains(&format!("chmod 600 {}", path.display())), "{error}");
        }
        for narrow in [0o600, 0o400] {
            assert_eq!(&read_private(&planted(home.path(), narrow), 100).unwrap()[..], b"text");
        }
    }

    #[test]
    fn settings_may_be_read_but_not_written_by_others() {
        let home = tempfile::tempdir().unwrap();
        read_settings(&planted(home.path(), 0o644), 100).unwrap();
        for wide in [0o664, 0o646] {
            let refused = read_settings(&planted(home.path(), wide), 100);
            assert!(matches!(refused, Err(PrivateError::TooWide { .. })));
        }
    }

    #[test]
    fn a_link_is_neither_followed_nor_written_through() {
        let home = tempfile::tempdir().unwrap();
        let target = planted(home.path(), 0o600);
        let link = home.path().join("link");
        symlink(&target, &link).unwrap();
        assert!(matches!(read_private(&link, 100), Err(PrivateError::Link { .. })));
        assert!(matches!(write_private(&link, b"new", Overwrite::Refuse), Err(PrivateError::Exists { .. })));
        assert!(matches!(write_private(&link, b"new", Overwrite::Replace), Err(PrivateError::Link { .. })));
        assert!(matches!(append_private(&link, b"new"), Err(PrivateError::Link { .. })));
        assert_eq!(fs::read(&target).unwrap(), b"text");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn a_pipe_or_a_directory_is_refused_without_hanging() {
        let home = tempfile::tempdir().unwrap();
        let pipe = home.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        assert!(matches!(read_private(&pipe, 100), Err(PrivateError::NotAFile { .. })));
        assert!(matches!(read_private(home.path(), 100), Err(PrivateError::NotAFile { .. })));
    }

    #[test]
    fn a_given_file_may_be_behind_a_link_and_a_pipe_of_the_shell() {
        let home = tempfile::tempdir().unwrap();
        let target = planted(home.path(), 0o600);
        let link = home.path().join("link");
        symlink(&target, &link).unwrap();
        assert_eq!(&read_given(&link, 100).unwrap()[..], b"text");
        fs::set_permissions(&target, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(read_given(&link, 100), Err(PrivateError::TooWide { .. })));
        assert!(matches!(read_given(home.path(), 100), Err(PrivateError::NotAFile { .. })));
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"text").unwrap();
        drop(writer);
        let number = std::os::fd::AsRawFd::as_raw_fd(&reader);
        assert_eq!(&read_given(&PathBuf::from(format!("/dev/fd/{number}")), 100).unwrap()[..], b"text");
        let opened = File::open(&target).unwrap();
        let number = std::os::fd::AsRawFd::as_raw_fd(&opened);
        let other = read_given(&PathBuf::from(format!("/dev/fd/{number}")), 100);
        assert!(matches!(other, Err(PrivateError::Link { .. })), "that is for a variable");
    }

    #[test]
    fn the_cap_counts_what_was_read() {
        let home = tempfile::tempdir().unwrap();
        let path = planted(home.path(), 0o600);
        assert_eq!(&read_private(&path, 4).unwrap()[..], b"text");
        assert!(matches!(read_private(&path, 3), Err(PrivateError::TooLarge { .. })));
        assert!(read_capped(io::repeat(7), 1000).unwrap().is_none());
        for (size, cap, read) in [(1, 9, Some(&b"text"[..])), (0, 3, None), (9, 3, None), (9, 9, Some(b"text"))] {
            let bytes = read_sized(File::open(&path).unwrap(), size, cap).unwrap();
            assert_eq!(bytes.as_ref().map(|bytes| &bytes[..]), read, "as if of {size} bytes, at most {cap}");
        }
    }

    #[test]
    fn refusing_to_overwrite_keeps_the_old_file_and_leaves_nothing_beside_it() {
        let home = tempfile::tempdir().unwrap();
        let path = planted(home.path(), 0o600);
        assert!(matches!(write_private(&path, b"new", Overwrite::Refuse), Err(PrivateError::Exists { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"text");
        write_private(&path, b"new", Overwrite::Replace).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_planted_temporary_is_stepped_over() {
        let home = tempfile::tempdir().unwrap();
        let planted = home.path().join(format!(".id.{}-0.tmp", std::process::id()));
        fs::write(&planted, "theirs").unwrap();
        write_private(&home.path().join("id"), b"ours", Overwrite::Refuse).unwrap();
        assert_eq!(fs::read(planted).unwrap(), b"theirs");
        assert_eq!(fs::read(home.path().join("id")).unwrap(), b"ours");
    }
}
