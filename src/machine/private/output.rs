//! Where the user wants a command's output: a private file, or a device or pipe that is written into, not replaced.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, stat};

use super::{Overwrite, PrivateError, append_private, failed, parent, write_private};

/// What to do if the output file exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// Replace it atomically.
    Replace,
    /// Append to it.
    Append,
}

/// Refuses a file in a directory that does not exist, where the path is more likely mistyped than meant.
pub(crate) fn require_directory(path: &Path) -> Result<(), PrivateError> {
    let directory = parent(path);
    if directory.exists() { Ok(()) } else { Err(PrivateError::Absent { path: directory.to_owned() }) }
}

/// Writes output for the user: into a character device or a pipe directly, otherwise into a private file.
pub(crate) fn write_output(path: &Path, bytes: &[u8], output: Output) -> Result<(), PrivateError> {
    if let Some(mut stream) = stream(path)? {
        return stream.write_all(bytes).map_err(|source| failed("write", path, source));
    }
    match output {
        Output::Replace => write_private(path, bytes, Overwrite::Replace),
        Output::Append => append_private(path, bytes),
    }
}

/// What is written into instead of being replaced; `None` for a file.
fn stream(path: &Path) -> Result<Option<File>, PrivateError> {
    let Ok(found) = stat(path) else { return Ok(None) };
    if is_link(path)
        && let Some(own) = own_stdout(&found)
    {
        return own.map(Some).map_err(|source| failed("write", path, source));
    }
    if !is_stream(&found) {
        return Ok(None);
    }
    let flags = OFlags::WRONLY | OFlags::NOCTTY | OFlags::CLOEXEC;
    let opened = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| failed("write", path, errno))?;
    let is_still = fstat(&opened).is_ok_and(|opened| is_stream(&opened));
    if is_still { Ok(Some(opened.into())) } else { Err(PrivateError::NotAFile { path: path.to_owned() }) }
}

fn is_stream(found: &Stat) -> bool {
    matches!(FileType::from_raw_mode(found.st_mode), FileType::CharacterDevice | FileType::Fifo)
}

fn is_link(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| found.is_symlink())
}

/// This process's standard output, if that is what was found: `/dev/stdout` leads to whatever the shell redirected it to, which
/// may be a file or a socket that cannot be opened again at its end.
fn own_stdout(found: &Stat) -> Option<io::Result<File>> {
    let stdout = io::stdout();
    let own = fstat(stdout.as_fd()).ok()?;
    let is_own = (own.st_dev, own.st_ino) == (found.st_dev, found.st_ino);
    is_own.then(|| stdout.as_fd().try_clone_to_owned().map(File::from))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{FileTypeExt, symlink};

    use super::*;

    fn written(path: &Path) -> Result<(), PrivateError> {
        write_output(path, b"text", Output::Replace)
    }

    #[test]
    fn devices_and_pipes_are_written_into_and_stay() {
        let home = tempfile::tempdir().unwrap();
        let link = home.path().join("null");
        symlink("/dev/null", &link).unwrap();
        written(&link).unwrap();
        write_output(&link, b"text", Output::Append).unwrap();
        assert!(is_link(&link));
        let pipe = home.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, Mode::RUSR | Mode::WUSR).unwrap();
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read(pipe).unwrap()
        });
        written(&pipe).unwrap();
        assert_eq!(reader.join().unwrap(), b"text");
        assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
    }

    #[test]
    fn links_and_sockets_are_neither_replaced_nor_followed() {
        let home = tempfile::tempdir().unwrap();
        let (file, link) = (home.path().join("file"), home.path().join("link"));
        fs::write(&file, "theirs").unwrap();
        let socket = home.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for output in [Output::Replace, Output::Append] {
            for target in [&file, &home.path().join("nothing")] {
                symlink(target, &link).unwrap();
                assert!(matches!(write_output(&link, b"text", output), Err(PrivateError::Link { .. })), "{output:?}");
                fs::remove_file(&link).unwrap();
            }
            for path in [socket.as_path(), home.path()] {
                assert!(
                    matches!(write_output(path, b"text", output), Err(PrivateError::NotAFile { .. })),
                    "{output:?}"
                );
            }
        }
        assert_eq!(fs::read(&file).unwrap(), b"theirs");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2, "no temporary file is left");
    }
}
