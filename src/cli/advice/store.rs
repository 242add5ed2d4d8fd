//! Hints for files: of a vault, and of a backup.

use super::advice::{Advice, advice};
use crate::cli::exit::Exit;
use crate::format::FormatError;
use crate::store::archive::ArchiveError;
use crate::store::{Problem, StoreError, Verb};

pub(super) fn store(error: &StoreError) -> Advice {
    if error.verb == Verb::Sync {
        let code = if matches!(error.problem, Problem::NoSpace) { "no-space" } else { "io" };
        return advice(code, Exit::Other)
            .hint("the change was made, but a failure of power could undo it; check the disk");
    }
    match &error.problem {
        Problem::Symlink
        | Problem::NotRegular
        | Problem::NotDirectory
        | Problem::NotInside
        | Problem::TooLarge { .. } => advice("tampered", Exit::Tampered)
            .hint("such a file does not belong in a vault; `git status` and `git log` show where it came from"),
        Problem::Denied => advice("denied", Exit::Other).hint("check owner and mode with `ls -l`"),
        Problem::ReadOnly => advice("read-only", Exit::Other).hint("nothing was changed"),
        Problem::NoSpace => {
            advice("no-space", Exit::Other).hint("nothing was changed; free some space and run the command again")
        }
        Problem::NotFound => advice("not-found", Exit::NotFound).hint("check the path"),
        Problem::AlreadyThere => advice("exists", Exit::Conflict),
        Problem::Busy => advice("busy", Exit::Conflict).hint("run the command again when the other one has finished"),
        Problem::Changed => advice("changed", Exit::Conflict).hint("nothing more was written; run the command again"),
        Problem::Moved => moved(),
        Problem::PathTooLong(_) => advice("bad-name", Exit::Usage).hint("choose a shorter name"),
        Problem::Format(error) => format(error),
        Problem::System(_) => advice("io", Exit::Other).hint("nothing was changed"),
    }
}

pub(super) fn format(error: &FormatError) -> Advice {
    match error {
        FormatError::NewerFormat => advice("newer-format", Exit::Other).hint("install a newer version of vault"),
        FormatError::ConflictMarks | FormatError::SecondTrailer => {
            advice("tampered", Exit::Tampered).hint("`vault resolve` merges both sides into one document")
        }
        _ => advice("tampered", Exit::Tampered).hint("restore the file with git; `git log` shows who changed it"),
    }
}

pub(super) fn moved() -> Advice {
    advice("vault-moved", Exit::Conflict)
        .hint("nothing was written there; check the current state, and run the command again")
}

pub(super) fn archive(error: &ArchiveError) -> Advice {
    match error {
        ArchiveError::Unwritable(_) => advice("output", Exit::Other).hint("nothing was written"),
        ArchiveError::Overfull(_) => advice("output", Exit::Other).hint(
            "nothing was written; a copy of the vault's directory is a backup too, because secrets in it are encrypted",
        ),
        _ => advice("bad-backup", Exit::Tampered)
            .hint("nothing was restored; `age -d -i IDENTITY FILE | tar tv` lists its content"),
    }
}
