//! What can be wrong with a backup, and what to do about it.

use std::io;
use std::path::PathBuf;

use crate::cli::advice::advice::{Advice, advice};
use crate::cli::exit::Exit;
use crate::cli::report::unreadable::unreadable;
use crate::crypto::recipient::RecipientError;
use crate::crypto::stream::SealedError;

/// What [`BackupError::Damaged`] says of the vault that was to be backed up.
pub(crate) const VAULT: &str = "the vault";

/// Why a backup was not created or not opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupError {
    /// The file cannot be read.
    #[error("{}", unreadable("read", path, source))]
    Unreadable { path: PathBuf, source: io::Error },
    /// The file cannot be opened.
    #[error("`{}` cannot be opened: {source}", path.display())]
    Sealed { path: PathBuf, source: SealedError },
    /// No recipient, or none that can be used.
    #[error(transparent)]
    Sealing(#[from] SealedError),
    /// A recipient that cannot be used.
    #[error("`{text}`: {source}")]
    Recipient {
        /// As it was given, or as the trust chain has it.
        text: String,
        source: RecipientError,
    },
    /// A path that a backup must not have.
    #[error("`{}` is inside the vault", .0.display())]
    InsideVault(PathBuf),
    /// The vault, or the one in the backup, does not verify.
    #[error("{what} does not verify, and nothing was written")]
    Damaged {
        /// Which of the two.
        what: &'static str,
        findings: Vec<String>,
    },
    /// A vault, or something else, exists at the restore target.
    #[error("`{}` {what}", target.display())]
    Taken { target: PathBuf, what: &'static str, hint: &'static str },
}

impl BackupError {
    pub(crate) fn advice(&self) -> Advice {
        match self {
            BackupError::Unreadable { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                advice("not-found", Exit::NotFound).hint("check the path")
            }
            BackupError::Unreadable { .. } => advice("denied", Exit::Other).hint("check owner and mode with `ls -l`"),
            BackupError::Sealed { source: SealedError::NotARecipient, .. } => advice("not-a-recipient", Exit::Locked)
                .hint(
                    "give the right identity with `--identity FILE`; the recovery key opens it too unless it was \
                     created with `--only`",
                ),
            BackupError::Sealed { source: SealedError::WrongPassphrase, .. } => {
                advice("wrong-passphrase", Exit::Locked)
            }
            BackupError::Sealed { source: SealedError::Plugin(_), .. } => advice("plugin", Exit::Locked),
            BackupError::Sealed { .. } => {
                advice("bad-backup", Exit::Tampered).hint("use another copy of it; nothing was changed")
            }
            BackupError::Sealing(_) | BackupError::Recipient { .. } => {
                advice("recipient", Exit::Refused).hint("`--to RECIPIENT --only` leaves out those of the vault")
            }
            BackupError::InsideVault(_) => {
                advice("usage", Exit::Usage).hint("choose a path outside it, preferably on another machine")
            }
            BackupError::Damaged { what: VAULT, .. } => advice("tampered", Exit::Tampered)
                .hint("restore the files with git; `vault backup --damaged` backs up everything as it is"),
            BackupError::Damaged { .. } => advice("bad-backup", Exit::Tampered)
                .hint("`age -d -i IDENTITY FILE | tar x` unpacks it without checks, to see what is left of it"),
            BackupError::Taken { hint, .. } => advice("exists", Exit::Conflict).hint(*hint),
        }
    }
}
