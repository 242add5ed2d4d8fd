//! The file of a backup: what can be wrong with it, and the passphrase that it may be under.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::cli::advice::{Advice, advice, code};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::prompt::Question;
use crate::crypto::recipient::RecipientError;
use crate::crypto::stream::{Sealed, SealedError};
use crate::machine::private;

/// Why a backup is not made or not opened. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupError {
    /// The file cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The file does not open.
    #[error("`{}` cannot be opened: {source}", path.display())]
    Sealed {
        /// The file.
        path: PathBuf,
        /// Why.
        source: SealedError,
    },
    /// Nobody to encrypt for, or nobody that can be encrypted for.
    #[error(transparent)]
    Sealing(#[from] SealedError),
    /// A recipient that cannot be used.
    #[error("`{text}`: {source}")]
    Recipient {
        /// As it was given, or as the trust chain has it.
        text: String,
        /// Why not.
        source: RecipientError,
    },
    /// A place that a backup must not have.
    #[error("`{}` is inside of the vault", .0.display())]
    InsideVault(PathBuf),
    /// The vault, or the one in the backup, does not verify.
    #[error("{what} does not verify, and nothing was written")]
    Damaged {
        /// Which of the two.
        what: &'static str,
        /// What is wrong.
        findings: Vec<String>,
    },
    /// A vault, or something else, is where a vault is to be restored.
    #[error("`{}` {what}", target.display())]
    Taken {
        /// The directory.
        target: PathBuf,
        /// What lies there.
        what: &'static str,
        /// What to do.
        hint: &'static str,
    },
}

impl BackupError {
    pub(crate) fn advice(&self) -> Advice {
        match self {
            BackupError::Unreadable { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                advice("not-found", code::NOT_FOUND, &[])
            }
            BackupError::Unreadable { .. } => advice("denied", code::OTHER, &["check owner and mode with `ls -l`"]),
            BackupError::Sealed { source: SealedError::NotARecipient, .. } => advice(
                "not-a-recipient",
                code::LOCKED,
                &[
                    "name the right identity with `--identity FILE`; the recovery key opens it unless it was made with `--only`",
                ],
            ),
            BackupError::Sealed { source: SealedError::WrongPassphrase, .. } => {
                advice("wrong-passphrase", code::LOCKED, &[])
            }
            BackupError::Sealed { source: SealedError::Plugin(_), .. } => advice("plugin", code::LOCKED, &[]),
            BackupError::Sealed { .. } => {
                advice("bad-backup", code::TAMPERED, &["take another copy of it; nothing was changed"])
            }
            BackupError::Sealing(_) | BackupError::Recipient { .. } => {
                advice("recipient", code::REFUSED, &["`--to RECIPIENT --only` leaves out those of the vault"])
            }
            BackupError::InsideVault(_) => {
                advice("usage", code::USAGE, &["choose a place outside, best on another machine"])
            }
            BackupError::Damaged { what: VAULT, .. } => advice(
                "tampered",
                code::TAMPERED,
                &["restore the files with git; `vault backup --damaged` takes everything along as it is"],
            ),
            BackupError::Damaged { .. } => advice(
                "bad-backup",
                code::TAMPERED,
                &["`age -d -i IDENTITY FILE | tar x` unpacks it unchecked, to see what is left of it"],
            ),
            BackupError::Taken { hint, .. } => advice("exists", code::CONFLICT, &[hint]),
        }
    }
}

/// What [`BackupError::Damaged`] says of the vault that was to be backed up.
pub(crate) const VAULT: &str = "the vault";

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

/// The passphrase of a backup that is there: from a file, or typed.
pub(crate) fn passphrase(file: Option<&Path>, context: &Context) -> CliResult<Zeroizing<String>> {
    match file {
        Some(path) => passphrase_in(path),
        None => Ok(context.prompter.passphrase(question("Passphrase of the backup"))?),
    }
}

/// How the passphrase of a backup is asked for.
pub(crate) fn question(text: &str) -> Question<'_> {
    Question { text, what: "the passphrase of the backup", flag: "`--passphrase-file FILE`" }
}
