//! Hints for identities: those that are not found or cannot be opened, and new ones.

use super::advice::{Advice, advice};
use crate::cli::exit::Exit;
use crate::machine::private::PrivateError;
use crate::unlock::create::CreateError;
use crate::unlock::error::{Cause, UnlockError};

pub(crate) fn unlock(error: &UnlockError) -> Advice {
    match error {
        UnlockError::NoIdentity { .. } => advice("no-identity", Exit::Locked)
            .hint(
                "bring yours to this machine with `vault identity import FILE`, or give it with `--identity FILE` or \
                 `VLT_IDENTITY_FILE`",
            )
            .hint(
                "`vault member request` creates one and requests membership in this vault; `vault init` creates one \
                 with a new vault",
            ),
        UnlockError::Failed { cause: Cause::Ask(_), .. } => advice("input-needed", Exit::Input)
            .hint("run it on a terminal, or use an identity without a passphrase through `VLT_IDENTITY_FILE`"),
        UnlockError::Failed {
            cause: Cause::File(PrivateError::Link { .. } | PrivateError::NotAFile { .. }), ..
        } => advice("locked", Exit::Locked)
            .hint("an open descriptor can be given by its number: `VLT_IDENTITY_FD=3 vault … 3<FILE`"),
        UnlockError::Failed { .. } => advice("locked", Exit::Locked)
            .hint("no other identity was tried; `vault identity ls` shows those of this machine")
            .hint("give another one with `--identity FILE`, or bring yours with `vault identity import FILE`"),
        UnlockError::Several { .. } => {
            advice("several-identities", Exit::Locked).hint("choose one: `vault identity use NAME`")
        }
        UnlockError::Config(_) => advice("bad-config", Exit::Usage).hint("fix the file, or move it away"),
    }
}

pub(crate) fn create(error: &CreateError) -> Advice {
    match error {
        CreateError::KeptOtherwise(_) => configured("omit the option to use that one; "),
        CreateError::Configured(_) => configured(""),
        CreateError::File(PrivateError::Exists { .. }) => {
            advice("exists", Exit::Conflict).hint("nothing was written; choose another file")
        }
        CreateError::File(PrivateError::Absent { .. }) => {
            advice("identity", Exit::Locked).hint("check the path; `vault identity ls` lists those of this machine")
        }
        CreateError::Given => advice("bad-request", Exit::Usage).hint("omit one of the two"),
        CreateError::Source(error) => unlock(error),
        CreateError::NoRecipient(_) => {
            advice("identity", Exit::Usage).hint("add a line `# Recipient: age1…` to the file, as its plugin writes it")
        }
        CreateError::Keyring(_) => advice("no-keyring", Exit::Locked).hint("use `--passphrase` instead"),
        _ => advice("identity", Exit::Locked).hint("nothing was configured; run the command again"),
    }
}

fn configured(first: &str) -> Advice {
    advice("exists", Exit::Conflict)
        .hint(format!("{first}`vault identity use` switches to another, `vault identity import --replace` brings one"))
        .hint(
            "`vault member request --renew` requests new keys for you; an admin makes another member with `vault \
             member new`",
        )
}
