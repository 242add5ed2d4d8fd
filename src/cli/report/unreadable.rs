//! A file of the user that cannot be read.

use std::io;
use std::path::Path;

/// Why, in one sentence; without the words of the system where it is simply not there.
pub(crate) fn unreadable(verb: &str, path: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("`{}` does not exist", path.display()),
        _ => format!("cannot {verb} `{}`: {error}", path.display()),
    }
}
