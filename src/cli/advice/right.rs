//! Hints for rights that somebody lacks.

use super::advice::{Advice, advice};
use crate::cli::exit::Exit;
use crate::cli::report::list::List;
use crate::model::name::{KeyName, MemberName};

pub(super) fn not_a_reader(key: &KeyName, readers: &[MemberName], reader: Option<&str>) -> Advice {
    let Some(reader) = reader else {
        return advice("not-a-reader", Exit::Locked).hint(
            "you are not a member of this vault: request membership with `vault member request`, or give the right \
             identity with `--identity FILE`",
        );
    };
    let names: Vec<&str> = readers.iter().map(MemberName::as_str).collect();
    let hint = format!("readers: {}; an admin among them runs `vault key grant {key} {reader}`", names.join(", "));
    advice("not-a-reader", Exit::Locked).hint(hint).hint(OTHER_IDENTITY)
}

pub(super) fn not_a_writer(writers: &[MemberName]) -> Advice {
    let hint = match writers {
        [] => "nobody may: an admin changes that with `vault member update NAME --write SCOPE`".to_owned(),
        some => format!("who may: {}", List::and(some.iter().map(MemberName::as_str))),
    };
    advice("not-a-writer", Exit::Refused).hint(hint).hint(OTHER_IDENTITY)
}

/// Somebody with two identities has used the wrong one.
const OTHER_IDENTITY: &str =
    "if you have another identity, give it with `--identity FILE`: `vault identity ls` shows which is used";
