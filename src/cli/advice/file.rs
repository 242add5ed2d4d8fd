//! Code, exit code and hints for files given by the user.

use std::io::ErrorKind;

use super::advice::{Advice, advice};
use crate::cli::exit::Exit;
use crate::machine::private::PrivateError;

/// What to do about a file that cannot be read or written.
pub(crate) fn private(error: &PrivateError) -> Advice {
    match error {
        PrivateError::Absent { .. } => advice("not-found", Exit::NotFound).hint("check the path"),
        PrivateError::Io { source, .. } if source.kind() == ErrorKind::NotFound => {
            advice("not-found", Exit::NotFound).hint("check the path")
        }
        PrivateError::Io { source, .. } if source.kind() == ErrorKind::PermissionDenied => {
            advice("denied", Exit::Other).hint("check owner and mode with `ls -l`")
        }
        PrivateError::NotAFile { .. } | PrivateError::TooLarge { .. } => {
            advice("bad-file", Exit::Usage).hint("choose another file")
        }
        _ => advice("not-written", Exit::Conflict).hint("check the file, move it away, and try again"),
    }
}
