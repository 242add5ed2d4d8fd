//! What the system's error codes mean for a file of the vault.

use rustix::io::Errno;

use crate::store::error::Problem;

impl From<Errno> for Problem {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::LOOP => Problem::Symlink,
            Errno::NXIO | Errno::ISDIR | Errno::NODEV => Problem::NotRegular,
            Errno::NOTDIR => Problem::NotDirectory,
            Errno::ACCESS | Errno::PERM => Problem::Denied,
            Errno::ROFS => Problem::ReadOnly,
            Errno::NOSPC | Errno::DQUOT => Problem::NoSpace,
            Errno::NOENT => Problem::NotFound,
            Errno::EXIST => Problem::AlreadyThere,
            Errno::XDEV => Problem::NotInside,
            other => Problem::System(other.into()),
        }
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        match Errno::from_io_error(&error) {
            Some(errno) => errno.into(),
            None => Problem::System(error),
        }
    }
}
