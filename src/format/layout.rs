//! What may be where in a vault's directory (FORMAT.md, directory layout).

use super::caps;
use super::path::{
    ANCHORS, CHECKPOINT, CREDENTIALS, Decoded, EVENTS, KEYS, PARAMETERS, SECRETS, SHARES, SUFFIX, TRUST, announced,
    decode_anchor, decode_credential, decode_key, decode_parameter, decode_rule, decode_secret, decode_share,
    decode_trust,
};
use super::static_files::STATIC_FILES;
use super::vault_yaml;
use crate::model::id::DocId;
use crate::model::name::{KeyName, RuleName};
use crate::model::trust::Kind;

/// What a path inside a vault stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A parameter, a secret or a credential.
    Document(Kind),
    /// A key.
    Key(KeyName),
    /// A rule for events.
    Rule(RuleName),
    /// A share.
    Share(DocId),
    /// That snapshot of the trust chain.
    Trust(u64),
    /// The anchor of a log of uses. It is signed by its member, whatever that member may write.
    Anchor,
    /// The checkpoint.
    Checkpoint,
    /// The file that names the vault.
    Id,
    /// The empty hint beside a tombstone.
    Hint,
    /// A user file: notes, hooks, requests. Nothing in it is trusted.
    Loose,
    /// Nothing that belongs in a vault.
    Foreign,
}

/// Directories whose files are the user's.
const LOOSE: [&str; 2] = ["hooks/", "requests/"];

impl Place {
    /// What the file at `path`, relative to the vault, is.
    pub(crate) fn of(path: &str) -> Self {
        if announced(path).is_some_and(|document| Place::of(&document).has_tombstones()) {
            return Place::Hint;
        }
        match path.split('/').next().unwrap_or_default() {
            PARAMETERS if decode_parameter(path) != Decoded::Foreign => Place::Document(Kind::Parameter),
            SECRETS if decode_secret(path) != Decoded::Foreign => Place::Document(Kind::Secret),
            CREDENTIALS if decode_credential(path) != Decoded::Foreign => Place::Document(Kind::Credential),
            KEYS => decode_key(path).map_or(Place::Foreign, Place::Key),
            EVENTS => rule(path),
            SHARES => decode_share(path).map_or(Place::Foreign, Place::Share),
            TRUST => decode_trust(path).map_or(Place::Foreign, Place::Trust),
            ANCHORS => decode_anchor(path).map_or(Place::Foreign, |_| Place::Anchor),
            CHECKPOINT if path == CHECKPOINT => Place::Checkpoint,
            _ if path == vault_yaml::PATH => Place::Id,
            _ if STATIC_FILES.iter().any(|(known, _)| *known == path) => Place::Loose,
            _ if LOOSE.iter().any(|directory| path.starts_with(directory)) => Place::Loose,
            _ => Place::Foreign,
        }
    }

    /// Whether what is there may be a tombstone, with a hint beside it.
    fn has_tombstones(&self) -> bool {
        matches!(self, Place::Document(_) | Place::Rule(_) | Place::Share(_))
    }

    /// Whether the file is signed, and a successor of the previous one.
    pub(crate) fn is_document(&self) -> bool {
        matches!(self, Place::Document(_) | Place::Key(_) | Place::Rule(_) | Place::Share(_) | Place::Checkpoint)
    }
}

/// A rule, or a file of the user's beside them.
fn rule(path: &str) -> Place {
    match decode_rule(path) {
        Some(name) => Place::Rule(name),
        None if path.ends_with(SUFFIX) || !path.contains('/') => Place::Foreign,
        None => Place::Loose,
    }
}

/// Whether a path, relative to the vault, is one at which a vault keeps a file. Files of `hooks` and `events` have names of
/// their author's choice; no path leads outside, and none has a control character.
pub fn is_of_vault(path: &str) -> bool {
    let plain = |component: &str| !matches!(component, "" | "." | ".." | ".git");
    if path.len() > caps::PATH || path.chars().any(char::is_control) || !path.split('/').all(plain) {
        return false;
    }
    match path.strip_prefix("requests/") {
        Some(leaf) => leaf.ends_with(SUFFIX) && !leaf.contains('/') && !leaf.starts_with('.'),
        None => Place::of(path) != Place::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_its_place_and_all_others_are_foreign() {
        let cases = [
            ("params/app/db.yaml", Place::Document(Kind::Parameter)),
            ("params/app/.db.yaml.gone", Place::Hint),
            ("secrets/app.yaml", Place::Document(Kind::Secret)),
            ("credentials/AKIAABCDEFGHIJKLMNOP.yaml", Place::Document(Kind::Credential)),
            ("keys/default.yaml", Place::Key("default".parse().unwrap())),
            ("trust/000012.yaml", Place::Trust(12)),
            ("anchors/000102030405060708090a0b0c0d0e0f.yaml", Place::Anchor),
            (
                "shares/000102030405060708090a0b0c0d0e0f.yaml",
                Place::Share("000102030405060708090a0b0c0d0e0f".parse().unwrap()),
            ),
            ("shares/.000102030405060708090a0b0c0d0e0f.yaml.gone", Place::Hint),
            ("checkpoint.yaml", Place::Checkpoint),
            ("vault.yaml", Place::Id),
            (".gitattributes", Place::Loose),
            ("hooks/db.py", Place::Loose),
            ("events/reload.yaml", Place::Rule("reload".parse().unwrap())),
            ("events/.reload.yaml.gone", Place::Hint),
            ("events/README.md", Place::Loose),
        ];
        for (path, place) in cases {
            assert_eq!(Place::of(path), place, "{path}");
        }
        let foreign = [
            "params/App.yaml",
            "params/notes.txt",
            "params",
            "keys/a/b.yaml",
            "credentials/akiaabcdefghijklmnop.yaml",
            "credentials/a/AKIAABCDEFGHIJKLMNOP.yaml",
            "trust/12.yaml",
            "trust/000000.yaml",
            "anchors/000102030405060708090A0B0C0D0E0F.yaml",
            "anchors/00.yaml",
            "checkpoint.yaml/x",
            "x.yaml",
            "events/Reload.yaml",
            "events/a/b.yaml",
            "shares/000102030405060708090A0B0C0D0E0F.yaml",
            "shares/00.yaml",
            "events",
            "hooks",
            "",
        ];
        assert!(foreign.iter().all(|path| Place::of(path) == Place::Foreign));
    }

    #[test]
    fn what_a_vault_keeps_is_known_and_nothing_else() {
        let long = format!("params/{}%~{}.yaml", "a".repeat(60), "a".repeat(26));
        for path in [
            "vault.yaml",
            "README.md",
            ".gitignore",
            "trust/000001.yaml",
            "keys/default.yaml",
            "params/prod/db/password.yaml",
            "params/%/x.yaml",
            "params/a/.b.yaml.gone",
            "secrets/prod/db.yaml",
            "requests/bob.yaml",
            "hooks/rotate.sh",
            "hooks/lib/common.py",
            &long,
        ] {
            assert!(is_of_vault(path), "{path}");
        }
        for path in [
            "",
            "/etc/passwd",
            "../x.yaml",
            "params/../../x.yaml",
            "hooks/../../x",
            "hooks//x",
            "hooks/.git/hooks/post-checkout",
            "hooks/a\u{1b}b",
            "notes.txt",
            ".vault.lock",
            "trust/1.yaml",
            "trust/000000.yaml",
            "keys/Default.yaml",
            "params/x",
            "params/X.yaml",
            "params/a/.b.yaml",
            "requests/a/b.yaml",
            "other/x.yaml",
            &"hooks/".repeat(200),
        ] {
            assert!(!is_of_vault(path), "{path}");
        }
    }
}
