//! Which files a vault is made of (FORMAT.md, directory layout).

use super::caps;
use super::path::{
    Decoded, KEYS, PARAMETERS, SECRETS, SUFFIX, TRUST, announced, decode_key, decode_parameter, decode_secret,
    decode_trust,
};

/// The files right in the vault's directory.
const TOP: [&str; 5] = ["vault.yaml", "checkpoint.yaml", ".gitattributes", ".gitignore", "README.md"];

/// Whether a path, relative to the vault, is one at which a vault keeps a file. Files of `hooks` and `events` have names of
/// their author's choice; no path leads outside, and none has a control character.
pub fn is_of_vault(path: &str) -> bool {
    let plain = |component: &str| !matches!(component, "" | "." | ".." | ".git");
    if path.len() > caps::PATH || path.chars().any(char::is_control) || !path.split('/').all(plain) {
        return false;
    }
    match path.split_once('/') {
        None => TOP.contains(&path),
        Some((TRUST, _)) => decode_trust(path).is_some(),
        Some((KEYS, _)) => decode_key(path).is_some(),
        Some((PARAMETERS | SECRETS, _)) => is_document(announced(path).as_deref().unwrap_or(path)),
        Some(("requests", leaf)) => {
            leaf.strip_suffix(SUFFIX).is_some() && !leaf.contains('/') && !leaf.starts_with('.')
        }
        Some(("hooks" | "events", _)) => true,
        Some(_) => false,
    }
}

fn is_document(path: &str) -> bool {
    decode_parameter(path) != Decoded::Foreign || decode_secret(path) != Decoded::Foreign
}

#[cfg(test)]
mod tests {
    use super::*;

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
