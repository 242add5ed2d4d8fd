//! Hints for the rules of members and keys.

use super::{Advice, advice, code};
use crate::model::team::TeamError;

pub(super) fn team(error: &TeamError) -> Advice {
    match error {
        TeamError::NoSuchMember(_) => {
            advice("no-such-member", code::NOT_FOUND, &["`vault member ls` lists the members"])
        }
        TeamError::NameTaken(_) => advice(
            "exists",
            code::CONFLICT,
            &["ask for a request under another name: `vault member request --name NAME`"],
        ),
        TeamError::SigningKeyTaken(_) | TeamError::RecipientTaken(_) => {
            advice("exists", code::CONFLICT, &["every member has keys of their own: ask for a request with new ones"])
        }
        TeamError::Former(_) => advice("former", code::REFUSED, &["if it is meant, add `--again`"]),
        TeamError::LastAdmin(_) => {
            advice("last-admin", code::REFUSED, &["add another admin first: `vault member add REQUEST --admin`"])
        }
        TeamError::OwnKeys => advice(
            "yourself",
            code::REFUSED,
            &["another admin can do it, and so can the recovery key: add `--identity FILE` with the recovery key"],
        ),
        TeamError::SameRecipient(_) => {
            advice("refused", code::REFUSED, &["ask for a request with a new identity: `vault member request --help`"])
        }
        TeamError::Yourself => advice("yourself", code::REFUSED, &["another admin can do it"]),
        TeamError::TooManyMembers | TeamError::NoRecipient(_) => advice("refused", code::REFUSED, &[]),
        TeamError::KeyExists(_) => {
            advice("exists", code::CONFLICT, &["`vault key map` gives it more scopes, `vault key grant` more readers"])
        }
        TeamError::WholeScope => {
            advice("bad-request", code::USAGE, &["name both: `--scope parameter:/` and `--scope secret:`"])
        }
        TeamError::ReaderNeeded(_) => {
            advice("reader-needed", code::REFUSED, &["another admin who reads the key can do it"])
        }
        TeamError::NotAReader { key, .. } => Advice {
            code: "not-a-reader-of",
            exit: code::NOT_FOUND,
            hints: vec![format!("`vault key show {key}` lists its readers")],
        },
    }
}
