//! Hints for trust chains that this machine does not follow.

use super::advice::{Advice, advice};
use super::store::format;
use crate::cli::exit::Exit;
use crate::format::FormatError;

pub(super) fn chain_format(error: &FormatError) -> Advice {
    match error {
        FormatError::NewerFormat => format(error),
        _ => advice("tampered", Exit::Tampered)
            .hint("if two branches changed members or keys, an admin runs `vault trust rebase`")
            .hint("otherwise restore the file with git; `git log` shows who changed it"),
    }
}

pub(super) fn chain_changed() -> Advice {
    advice("trust-rollback", Exit::Tampered)
        .hint("restore the `trust` directory with git; do not use this vault until you know who changed it")
        .hint("if a merge kept only one side of it, an admin runs `vault trust rebase`")
        .hint("if an admin confirms that it was intended, run `vault trust accept`")
}

/// The id that is here may be anybody's, so it must not be ready to paste.
pub(super) fn unknown_vault() -> Advice {
    advice("unknown-vault", Exit::Input)
        .hint("set `VLT_ID` to what `vault status` shows on a machine that knows the vault")
        .hint("or run the command on a terminal, and compare the id with somebody who knows the vault")
}

pub(super) fn not_anchored() -> Advice {
    advice("trust-rollback", Exit::Tampered).hint(
        "fetch the newest state of the vault, or compare `VLT_ID` with what `vault status` shows on a machine that \
         knows the vault",
    )
}

pub(super) fn trust_behind() -> Advice {
    advice("trust-behind", Exit::Refused)
        .hint("merge or pull first")
        .hint("if the newer snapshots were discarded on purpose, run `vault trust accept`")
}
