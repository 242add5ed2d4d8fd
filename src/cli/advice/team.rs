//! Hints for the rules of members and keys.

use super::advice::{Advice, advice};
use crate::cli::exit::Exit;
use crate::model::name::MemberName;
use crate::model::team::TeamError;

pub(super) fn team(error: &TeamError) -> Advice {
    match error {
        TeamError::NoSuchMember(_) => {
            advice("no-such-member", Exit::NotFound).hint("`vault member ls` lists the members")
        }
        TeamError::NameTaken(_) => advice("exists", Exit::Conflict)
            .hint("ask for a request under another name: `vault member request --name NAME`"),
        TeamError::AlreadyMember { member, asked } => already(member, asked.as_ref()),
        TeamError::SigningKeyTaken(_) | TeamError::RecipientTaken(_) => {
            advice("exists", Exit::Conflict).hint("every member needs their own keys: ask for a request with new ones")
        }
        TeamError::Former(_) => advice("former", Exit::Refused).hint("if that is intended, add `--again`"),
        TeamError::LastAdmin(_) => {
            advice("last-admin", Exit::Refused).hint("add another admin first: `vault member add REQUEST --admin`")
        }
        TeamError::OwnKeys => advice("yourself", Exit::Refused)
            .hint("another admin can do this, or use the recovery key with `--identity FILE`"),
        TeamError::SameRecipient(_) => advice("refused", Exit::Refused)
            .hint("ask for a request with a new identity: `vault member request --help`"),
        TeamError::Yourself => advice("yourself", Exit::Refused).hint("another admin can do this"),
        TeamError::TooManyMembers | TeamError::NoRecipient(_) => advice("refused", Exit::Refused),
        TeamError::KeyExists(_) => {
            advice("exists", Exit::Conflict).hint("`vault key map` adds scopes to it, `vault key grant` adds readers")
        }
        TeamError::WholeScope => {
            advice("bad-request", Exit::Usage).hint("name both: `--scope parameter:/` and `--scope secret:`")
        }
        TeamError::ReaderNeeded(_) => {
            advice("reader-needed", Exit::Refused).hint("another admin who is a reader of the key can do this")
        }
        TeamError::NotAReader { key, .. } => {
            advice("not-a-reader-of", Exit::NotFound).hint(format!("`vault key show {key}` lists its readers"))
        }
    }
}

fn already(member: &MemberName, asked: Option<&MemberName>) -> Advice {
    let exists = advice("exists", Exit::Conflict);
    let Some(other) = asked.filter(|asked| *asked != member) else {
        return exists.hint("`vault member request --renew` requests new keys");
    };
    exists
        .hint(format!(
            "an admin makes a member with an identity of its own: `vault member new {other} --out {other}.txt`"
        ))
        .hint(format!(
            "or run `vault member request` where `{other}` has its identity, or give that with `--identity FILE`"
        ))
}
