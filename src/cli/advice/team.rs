//! Hints for the rules of members and keys.

use super::advice::{Advice, advice};
use crate::cli::exit::Exit;
use crate::model::team::TeamError;

pub(super) fn team(error: &TeamError) -> Advice {
    match error {
        TeamError::NoSuchMember(_) => {
            advice("no-such-member", Exit::NotFound, &["`vault member ls` lists the members"])
        }
        TeamError::NameTaken(_) => advice(
            "exists",
            Exit::Conflict,
            &["ask for a request under another name: `vault member request --name NAME`"],
        ),
        TeamError::SigningKeyTaken(_) | TeamError::RecipientTaken(_) => {
            advice("exists", Exit::Conflict, &["every member needs their own keys: ask for a request with new ones"])
        }
        TeamError::Former(_) => advice("former", Exit::Refused, &["if that is intended, add `--again`"]),
        TeamError::LastAdmin(_) => {
            advice("last-admin", Exit::Refused, &["add another admin first: `vault member add REQUEST --admin`"])
        }
        TeamError::OwnKeys => advice(
            "yourself",
            Exit::Refused,
            &["another admin can do this, or use the recovery key with `--identity FILE`"],
        ),
        TeamError::SameRecipient(_) => {
            advice("refused", Exit::Refused, &["ask for a request with a new identity: `vault member request --help`"])
        }
        TeamError::Yourself => advice("yourself", Exit::Refused, &["another admin can do this"]),
        TeamError::TooManyMembers | TeamError::NoRecipient(_) => advice("refused", Exit::Refused, &[]),
        TeamError::KeyExists(_) => {
            advice("exists", Exit::Conflict, &["`vault key map` adds scopes to it, `vault key grant` adds readers"])
        }
        TeamError::WholeScope => {
            advice("bad-request", Exit::Usage, &["name both: `--scope parameter:/` and `--scope secret:`"])
        }
        TeamError::ReaderNeeded(_) => {
            advice("reader-needed", Exit::Refused, &["another admin who is a reader of the key can do this"])
        }
        TeamError::NotAReader { key, .. } => Advice {
            code: "not-a-reader-of",
            exit: Exit::NotFound,
            hints: vec![format!("`vault key show {key}` lists its readers")],
        },
    }
}
