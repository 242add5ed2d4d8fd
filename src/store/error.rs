//! What can go wrong with a file, always together with the file and what was being done to it.

use std::fmt;

use crate::format::FormatError;
use crate::format::path::PathTooLong;

/// A failure of the store. Neither the message nor any field ever holds a value.
///
/// The path is relative to the vault and may come from a foreign directory entry: it must be escaped when it is shown.
#[derive(Debug, thiserror::Error)]
#[error("cannot {verb} `{path}`: {problem}")]
pub struct StoreError {
    /// What was being done.
    pub verb: Verb,
    /// To what.
    pub path: String,
    pub problem: Problem,
}

/// What the store does with files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Opening the vault's directory.
    Open,
    /// Reading a file or asking for its size.
    Read,
    /// Creating a file that must not exist yet.
    Create,
    /// Replacing a file's content.
    Write,
    /// Waiting until a change that was made is on the disk.
    Sync,
    /// Removing a file.
    Remove,
    /// Reading a directory.
    List,
    /// Taking the vault's lock.
    Lock,
    /// Encoding a name as a file name.
    Name,
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verb::Open => "open",
            Verb::Read => "read",
            Verb::Create => "create",
            Verb::Write => "write",
            Verb::Sync => "sync",
            Verb::Remove => "remove",
            Verb::List => "list",
            Verb::Lock => "lock",
            Verb::Name => "name a file for",
        })
    }
}

/// Why it did not work.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The file or a directory on the way to it is a symbolic link; none is ever followed.
    #[error("it is a symbolic link, or behind one")]
    Symlink,
    /// A directory, pipe, socket or device where a file belongs.
    #[error("it is not a regular file")]
    NotRegular,
    /// A file where a directory belongs.
    #[error("a part of the path is not a directory")]
    NotDirectory,
    /// More bytes than a document of that kind may have.
    #[error("it is larger than {cap} bytes")]
    TooLarge { cap: u64 },
    /// The system's permissions forbid it.
    #[error("permission denied")]
    Denied,
    /// The file system cannot be written.
    #[error("the file system is read-only")]
    ReadOnly,
    /// The disk is full, or the user's share of it.
    #[error("no space left on the device")]
    NoSpace,
    /// There is no such file.
    #[error("no such file or directory")]
    NotFound,
    /// The file exists already.
    #[error("it already exists")]
    AlreadyThere,
    /// Another process holds the lock.
    #[error("another process is writing to the vault")]
    Busy,
    /// Another process has changed the file since it was read.
    #[error("somebody else has changed it in the meantime")]
    Changed,
    /// The path of the opened directory now has another directory, or none.
    #[error("the vault was moved or replaced in the meantime")]
    Moved,
    /// A path that is not relative, or has empty, `.` or `..` components.
    #[error("not a path inside the vault")]
    NotInside,
    /// The encoded name is longer than file systems allow.
    #[error(transparent)]
    PathTooLong(PathTooLong),
    /// The bytes are not what they should be.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// Anything else that the system reports.
    #[error("{0}")]
    System(std::io::Error),
}

impl StoreError {
    /// Adds verb and path to a problem.
    pub(crate) fn new(verb: Verb, path: &str, problem: impl Into<Problem>) -> Self {
        StoreError { verb, path: path.to_owned(), problem: problem.into() }
    }
}

impl From<PathTooLong> for StoreError {
    fn from(problem: PathTooLong) -> Self {
        StoreError { verb: Verb::Name, path: problem.name.clone(), problem: Problem::PathTooLong(problem) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_verb_the_path_and_the_reason() {
        let error = StoreError::new(Verb::Read, "params/x.yaml", rustix::io::Errno::ACCESS);
        assert_eq!(error.to_string(), "cannot read `params/x.yaml`: permission denied");
        let error = StoreError::new(Verb::Write, "params/x.yaml", std::io::Error::from_raw_os_error(28));
        assert!(matches!(error.problem, Problem::NoSpace), "an io::Error keeps its meaning");
    }
}
