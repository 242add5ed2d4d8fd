//! Lists the files of a directory outside git, and opens files.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// Every file below a directory, sorted, without git's own. Links are not followed. What cannot be listed is reported to
/// `failed`.
pub(crate) fn files(directory: &Path, failed: &mut dyn FnMut(PathBuf, io::Error)) -> Vec<PathBuf> {
    let (mut found, mut waiting) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(directory) = waiting.pop() {
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) => {
                failed(directory, error);
                continue;
            }
        };
        for entry in entries {
            match entry.and_then(|entry| Ok((entry.file_type()?, entry))) {
                Ok((kind, entry)) if kind.is_dir() && entry.file_name() != ".git" => waiting.push(entry.path()),
                Ok((kind, entry)) if kind.is_file() => found.push(entry.path()),
                Ok(_) => {}
                Err(error) => failed(directory.clone(), error),
            }
        }
    }
    found.sort();
    found
}

/// Opens a regular file for reading, and says how many bytes it has; `None` for a link or anything else.
pub(crate) fn open(path: &Path) -> io::Result<Option<(File, u64)>> {
    // Without NONBLOCK a pipe would block the program.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file = match opened {
        Err(error) if is_no_file(&error) => return Ok(None),
        opened => opened?,
    };
    let found = file.metadata()?;
    Ok(found.is_file().then_some((file, found.len())))
}

/// A link, or a socket.
fn is_no_file(error: &io::Error) -> bool {
    let errno = rustix::io::Errno::from_io_error(error);
    matches!(errno, Some(rustix::io::Errno::LOOP | rustix::io::Errno::NXIO))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn files_are_found_and_links_and_git_are_not() {
        let home = tempfile::tempdir().unwrap();
        for path in ["b/c.txt", "a.txt", ".env", ".git/config", "b/.git/x"] {
            let path = home.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        symlink("/etc", home.path().join("link")).unwrap();
        symlink("a.txt", home.path().join("z.txt")).unwrap();
        let found = files(home.path(), &mut |path, error| panic!("{path:?}: {error}"));
        let names: Vec<_> =
            found.iter().map(|path| path.strip_prefix(home.path()).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, [".env", "a.txt", "b/c.txt"]);
        assert!(open(&home.path().join("z.txt")).unwrap().is_none());
        assert!(open(home.path()).unwrap().is_none());
        assert_eq!(open(&home.path().join("a.txt")).unwrap().unwrap().1, 1);
        assert!(open(&home.path().join("none")).is_err());
    }

    #[test]
    fn what_cannot_be_listed_is_told() {
        let mut told = Vec::new();
        let found = files(Path::new("/nonexistent-dir"), &mut |path, _| told.push(path));
        assert_eq!((found, told), (vec![], vec![PathBuf::from("/nonexistent-dir")]));
    }
}
