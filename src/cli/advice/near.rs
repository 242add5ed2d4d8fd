//! Hints for names that nothing has.

use super::advice::{Advice, advice};
use crate::cli::exit::Exit;
use crate::model::near::{Aim, Near, NearKind};
use crate::model::trust::Kind;

pub(super) fn not_found(aim: Aim, name: &str, near: &[Near]) -> Advice {
    let hint = match near {
        [] if aim == Aim::One(Kind::Secret) => {
            format!("`vault secret ls` lists the secrets, `vault secret create {name}` creates one")
        }
        [] => nothing(aim).to_owned(),
        [only] if only.is_same_name() && only.is_other() => other(only),
        near => format!("did you mean {}?", words(near)),
    };
    advice("not-found", Exit::NotFound).hint(hint)
}

/// The suggestions in a sentence, as `or` joins them.
pub(crate) fn words(near: &[Near]) -> String {
    near.iter().map(word).collect::<Vec<_>>().join(" or ")
}

fn word(near: &Near) -> String {
    let kind = match near.what {
        _ if !near.is_other() => "",
        NearKind::Parameter => "the parameter ",
        NearKind::Secret => "the secret ",
        NearKind::Path => "the path ",
    };
    format!("{kind}`{}`", near.name)
}

fn nothing(aim: Aim) -> &'static str {
    match aim {
        Aim::One(Kind::Secret) => "`vault secret ls` lists the secrets",
        Aim::One(Kind::Parameter) => "`vault param ls --recursive` lists the parameters",
        Aim::One(Kind::Credential) => LIST_CREDENTIALS,
        Aim::Any | Aim::Below | Aim::Source => "`vault ls` lists all names, and `vault find TEXT` searches them",
    }
}

/// Where to look for credentials.
pub(super) const LIST_CREDENTIALS: &str = "`vault serve credentials ls` lists the credentials";

/// What to type for something of that name that is something else.
fn other(near: &Near) -> String {
    let name = &near.name;
    match near.what {
        NearKind::Path => format!(
            "`{name}` is a path: `vault ls {name}` lists it, `vault get --path {name} --recursive` prints its values"
        ),
        NearKind::Secret => {
            format!("`{name}` is a secret: use `vault secret`, or a short form such as `vault get {name}`")
        }
        NearKind::Parameter => {
            format!("`{name}` is a parameter: use `vault param`, or a short form such as `vault get {name}`")
        }
    }
}
