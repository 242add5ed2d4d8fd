//! Hints for keys, and for those whom they are wrapped for.

use super::advice::{Advice, advice};
use crate::cli::exit::Exit;
use crate::engine::VaultKeyError;
use crate::format::path::key_path;
use crate::model::credential::AccessKeyId;
use crate::model::name::KeyName;

pub(super) fn key(error: &VaultKeyError) -> Advice {
    match error {
        VaultKeyError::NotFound(_) => advice("no-such-key", Exit::NotFound).hint("`vault key ls` lists the keys"),
        VaultKeyError::NoneFor(name) if name.parse::<AccessKeyId>().is_ok() => advice("no-key", Exit::Refused)
            .hint("an admin maps a key to credentials: `vault key map default credential:`"),
        VaultKeyError::NoneFor(_) => {
            advice("no-key", Exit::Refused).hint("an admin maps a key to the path: `vault key map KEY SCOPE`")
        }
        VaultKeyError::Other { .. } => {
            advice("other-key", Exit::Refused).hint("omit `--key`: the path determines the key")
        }
        VaultKeyError::Unusable { .. } => {
            advice("key-unusable", Exit::Refused).hint("an admin adds a version that seals: `vault key rotate KEY`")
        }
        VaultKeyError::Outdated(key, ..) | VaultKeyError::LostWrap(key) => outdated_key(key),
        VaultKeyError::Disabled(key) => {
            advice("key-disabled", Exit::Refused).hint(format!("an admin enables it again: `vault key enable {key}`"))
        }
        VaultKeyError::Deleting(key, _) => {
            advice("key-disabled", Exit::Refused).hint(format!("an admin brings it back: `vault key restore {key}`"))
        }
        VaultKeyError::Destroyed(_) => advice("key-destroyed", Exit::Refused)
            .hint("nothing encrypted under it can be read any more; create a key with another name"),
        VaultKeyError::InUse { .. } => advice("key-in-use", Exit::Refused)
            .hint("move them to another key first: `vault key map OTHER SCOPE`; `vault key ls` shows the scopes"),
        VaultKeyError::NotWrapped(key) => not_wrapped(key),
        VaultKeyError::UnknownVersion { .. } => {
            advice("key-unusable", Exit::Refused).hint("get the newer trust chain with `vault sync` or `git pull`")
        }
        VaultKeyError::NotPostQuantum { .. } => not_post_quantum(),
        VaultKeyError::Wrap { .. } => recipient(),
    }
}

fn not_wrapped(key: &KeyName) -> Advice {
    advice("not-wrapped", Exit::Refused)
        .hint("get the newer key document with `vault sync` or `git pull`")
        .hint(format!("if that is not enough, ask an admin who reads the key to run `vault key grant {key} YOU` again"))
}

pub(super) fn recipient() -> Advice {
    advice("recipient", Exit::Refused)
        .hint("plugins and ssh-rsa are allowed in this machine's configuration; nothing was changed")
}

fn outdated_key(key: &KeyName) -> Advice {
    advice("key-unusable", Exit::Refused).hint("get the newer document with `vault sync` or `git pull`").hint(format!(
        "if it was here before, `git log` of `{}` shows who brought the old one back; `git checkout COMMIT^ -- FILE` \
         restores it",
        key_path(key)
    ))
}

fn not_post_quantum() -> Advice {
    advice("recipient", Exit::Refused).hint(
        "post-quantum recipients are `age1tagpq…` and those of age-plugin-pq; `vault member update NAME --request \
         FILE` gives a member new keys",
    )
}
