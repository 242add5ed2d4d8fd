//! Files that the user names.

use std::fs::File;
use std::path::Path;

use zeroize::Zeroizing;

use crate::machine::private::{PrivateError, read_capped};

/// The bytes of a file given by the user, or of a pipe, at most `cap` of them. It may belong to anybody.
pub(crate) fn read_file(path: &Path, cap: usize) -> Result<Zeroizing<Vec<u8>>, PrivateError> {
    let failed = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound => PrivateError::Absent { path: path.to_owned() },
        std::io::ErrorKind::IsADirectory => PrivateError::NotAFile { path: path.to_owned() },
        _ => PrivateError::Io { verb: "read", path: path.to_owned(), source },
    };
    let bytes = File::open(path).and_then(|file| read_capped(file, cap)).map_err(failed)?;
    bytes.ok_or_else(|| PrivateError::TooLarge { path: path.to_owned(), limit: cap })
}
