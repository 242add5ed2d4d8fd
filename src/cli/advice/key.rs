//! Hints for keys, and for those whom they are wrapped for.

use super::advice::{Advice, advice};
use crate::cli::exit::Exit;
use crate::engine::VaultKeyError;
use crate::format::path::key_path;
use crate::model::credential::AccessKeyId;
use crate::model::name::KeyName;

pub(super) fn key(error: &VaultKeyError) -> Advice {
    match error {
        VaultKeyError::NotFound(_) => advice("no-such-key", Exit::NotFound, &["`vault key ls` lists the keys"]),
        VaultKeyError::NoneFor(name) if name.parse::<AccessKeyId>().is_ok() => advice(
            "no-key",
            Exit::Refused,
            &["an admin maps a key to credentials: `vault key map default credential:`"],
        ),
        VaultKeyError::NoneFor(_) => {
            advice("no-key", Exit::Refused, &["an admin maps a key to the path: `vault key map KEY SCOPE`"])
        }
        VaultKeyError::Other { .. } => {
            advice("other-key", Exit::Refused, &["omit `--key`: the path determines the key"])
        }
        VaultKeyError::Unusable { .. } => {
            advice("key-unusable", Exit::Refused, &["an admin adds a version that seals: `vault key rotate KEY`"])
        }
        VaultKeyError::Outdated(key, ..) | VaultKeyError::LostWrap(key) => outdated_key(key),
        VaultKeyError::Disabled(key) => disabled_key(format!("an admin enables it again: `vault key enable {key}`")),
        VaultKeyError::Deleting(key, _) => disabled_key(format!("an admin brings it back: `vault key restore {key}`")),
        VaultKeyError::Destroyed(_) => advice(
            "key-destroyed",
            Exit::Refused,
            &["nothing encrypted under it can be read any more; create a key with another name"],
        ),
        VaultKeyError::InUse { .. } => advice(
            "key-in-use",
            Exit::Refused,
            &["move them to another key first: `vault key map OTHER SCOPE`; `vault key ls` shows the scopes"],
        ),
        VaultKeyError::NotWrapped(key) => not_wrapped(key),
        VaultKeyError::UnknownVersion { .. } => {
            advice("key-unusable", Exit::Refused, &["get the newer trust chain with `vault sync` or `git pull`"])
        }
        VaultKeyError::NotPostQuantum { .. } => not_post_quantum(),
        VaultKeyError::Wrap { .. } => recipient(),
    }
}

fn disabled_key(hint: String) -> Advice {
    Advice { code: "key-disabled", exit: Exit::Refused, hints: vec![hint] }
}

fn not_wrapped(key: &KeyName) -> Advice {
    let hints = vec![
        "get the newer key document with `vault sync` or `git pull`".to_owned(),
        format!("if that is not enough, ask an admin who reads the key to run `vault key grant {key} YOU` again"),
    ];
    Advice { code: "not-wrapped", exit: Exit::Refused, hints }
}

pub(super) fn recipient() -> Advice {
    advice(
        "recipient",
        Exit::Refused,
        &["plugins and ssh-rsa are allowed in this machine's configuration; nothing was changed"],
    )
}

fn outdated_key(key: &KeyName) -> Advice {
    let file = key_path(key);
    let hints = vec![
        "get the newer document with `vault sync` or `git pull`".to_owned(),
        format!(
            "if it was here before, `git log` of `{file}` shows who brought the old one back; `git checkout COMMIT^ -- FILE` restores it"
        ),
    ];
    Advice { code: "key-unusable", exit: Exit::Refused, hints }
}

fn not_post_quantum() -> Advice {
    advice(
        "recipient",
        Exit::Refused,
        &[
            "post-quantum recipients are `age1tagpq…` and those of age-plugin-pq; `vault member update NAME --request FILE` gives a member new keys",
        ],
    )
}
