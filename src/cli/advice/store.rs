//! Hints for files: of a vault, and of a backup.

use super::{Advice, advice, code};
use crate::format::FormatError;
use crate::store::Problem;
use crate::store::archive::ArchiveError;

pub(super) fn store(problem: &Problem) -> Advice {
    match problem {
        Problem::Symlink
        | Problem::NotRegular
        | Problem::NotDirectory
        | Problem::NotInside
        | Problem::TooLarge { .. } => advice(
            "tampered",
            code::TAMPERED,
            &["no vault holds such a file; `git status` and `git log` say where it came from"],
        ),
        Problem::Denied => advice("denied", code::OTHER, &["check owner and mode with `ls -l`"]),
        Problem::ReadOnly => advice("read-only", code::OTHER, &["nothing was changed"]),
        Problem::NoSpace => {
            advice("no-space", code::OTHER, &["nothing was changed; free some space and run the command again"])
        }
        Problem::NotFound => advice("not-found", code::NOT_FOUND, &["make a vault with `vault init`"]),
        Problem::AlreadyThere => advice("exists", code::CONFLICT, &[]),
        Problem::Busy => advice("busy", code::CONFLICT, &["run the command again when the other one is done"]),
        Problem::Changed => advice("changed", code::CONFLICT, &["nothing more was written; run the command again"]),
        Problem::Moved => moved(),
        Problem::PathTooLong(_) => advice("bad-name", code::USAGE, &["choose a shorter name"]),
        Problem::Format(error) => format(error),
        Problem::System(_) => advice("io", code::OTHER, &["nothing was changed"]),
    }
}

pub(super) fn format(error: &FormatError) -> Advice {
    match error {
        FormatError::NewerFormat => advice("newer-format", code::OTHER, &["install a newer version of vault"]),
        FormatError::ConflictMarks | FormatError::SecondTrailer => {
            advice("tampered", code::TAMPERED, &["`vault resolve` makes one document of both sides"])
        }
        _ => advice("tampered", code::TAMPERED, &["restore the file with git; `git log` says who changed it"]),
    }
}

pub(super) fn moved() -> Advice {
    advice(
        "vault-moved",
        code::CONFLICT,
        &["that write was not made; look at what lies there now, and run the command again"],
    )
}

pub(super) fn archive(error: &ArchiveError) -> Advice {
    match error {
        ArchiveError::Unwritable(_) => advice("output", code::OTHER, &["nothing was written"]),
        ArchiveError::Overfull(_) => advice(
            "output",
            code::OTHER,
            &[
                "nothing was written; a copy of the vault's directory is a backup too: what is secret in it is encrypted",
            ],
        ),
        _ => advice(
            "bad-backup",
            code::TAMPERED,
            &["nothing was restored; `age -d -i IDENTITY FILE | tar tv` shows what is in it"],
        ),
    }
}
