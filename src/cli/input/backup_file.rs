//! The file of a backup, and the passphrase that it may be under.

use std::fs::File;
use std::io;
use std::path::Path;

use zeroize::Zeroizing;

use super::backup_error::BackupError;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::Question;
use crate::crypto::stream::Sealed;
use crate::machine::private;

/// Opens the file and reads its header.
pub(crate) fn open(path: &Path) -> Result<Sealed<File>, BackupError> {
    let unreadable = |source| BackupError::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(unreadable(io::ErrorKind::IsADirectory.into()));
    }
    Sealed::read(file).map_err(|source| BackupError::Sealed { path: path.to_owned(), source })
}

/// The passphrase in the first line of a private file.
pub(crate) fn passphrase_in(path: &Path) -> CliResult<Zeroizing<String>> {
    const LIMIT: usize = 4096;
    let bytes = private::read_private(path, LIMIT)?;
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let text = std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).unwrap_or_default();
    Ok(Zeroizing::new(text.to_owned()))
}

/// The passphrase of an existing backup: from a file, or typed.
pub(crate) fn passphrase(file: Option<&Path>, context: &Context) -> CliResult<Zeroizing<String>> {
    match file {
        Some(path) => passphrase_in(path),
        None => Ok(context.prompter.passphrase(question("Passphrase of the backup"))?),
    }
}

/// The prompt for the passphrase of a backup.
pub(crate) fn question(text: &str) -> Question<'_> {
    Question { text, what: "the passphrase of the backup", flag: "`--passphrase-file FILE`" }
}
