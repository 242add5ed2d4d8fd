//! Code, exit code and hints for files that the user names.

use std::io::ErrorKind;

use super::{Advice, advice, code};
use crate::machine::private::PrivateError;

/// What to do about a file that cannot be read or written.
pub(crate) fn private(error: &PrivateError) -> Advice {
    match error {
        PrivateError::Absent { .. } => advice("not-found", code::NOT_FOUND, &["check the path"]),
        PrivateError::Io { source, .. } if source.kind() == ErrorKind::NotFound => {
            advice("not-found", code::NOT_FOUND, &["check the path"])
        }
        PrivateError::Io { source, .. } if source.kind() == ErrorKind::PermissionDenied => {
            advice("denied", code::OTHER, &["check owner and mode with `ls -l`"])
        }
        PrivateError::NotAFile { .. } | PrivateError::TooLarge { .. } => {
            advice("bad-file", code::USAGE, &["name another file"])
        }
        _ => advice("not-written", code::CONFLICT, &["look at the file, move it away, and try again"]),
    }
}
