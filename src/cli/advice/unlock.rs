//! Hints for identities: those that are not found or cannot be opened, and new ones.

use super::advice::{Advice, advice};
use crate::cli::exit::Exit;
use crate::unlock::create::CreateError;
use crate::unlock::error::{Cause, UnlockError};

pub(crate) fn unlock(error: &UnlockError) -> Advice {
    match error {
        UnlockError::NoIdentity { .. } => advice(
            "no-identity",
            Exit::Locked,
            &[
                "give one with `--identity FILE` or `VLT_IDENTITY_FILE`",
                "`vault member request` creates one and requests membership in this vault; `vault init` creates one with a new vault",
            ],
        ),
        UnlockError::Failed { cause: Cause::Ask(_), .. } => advice(
            "input-needed",
            Exit::Input,
            &["run it on a terminal, or use an identity without a passphrase through `VLT_IDENTITY_FILE`"],
        ),
        UnlockError::Failed { .. } => {
            advice("locked", Exit::Locked, &["no other identity was tried; give another one with `--identity FILE`"])
        }
        UnlockError::Config(_) => advice("bad-config", Exit::Usage, &["fix the file, or move it away"]),
    }
}

pub(crate) fn create(error: &CreateError) -> Advice {
    match error {
        CreateError::Configured(_) => {
            advice("exists", Exit::Conflict, &["run `vault init` without an identity option to use it"])
        }
        CreateError::NoRecipient(_) => {
            advice("identity", Exit::Usage, &["add a line `# Recipient: age1…` to the file, as its plugin writes it"])
        }
        CreateError::Keyring(_) => advice("no-keyring", Exit::Locked, &["use `--passphrase` instead"]),
        _ => advice("identity", Exit::Locked, &["nothing was configured; run `vault init` again"]),
    }
}
