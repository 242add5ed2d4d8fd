//! The text of a configuration: how it is read, in errors that repeat no value, and how its parts are written.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{Config, ConfigError, IDENTITY, IdentitySource, IdentityStore, PATHS, REPLICAS, wrong};
use crate::model::id::VaultId;
use crate::model::name::ParameterPath;

/// The configuration in a text. Empty lines and comments alone are an empty configuration.
pub(super) fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
    if text.lines().all(|line| line.trim_start().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(Config::default());
    }
    let config: Config = serde_yaml::from_str(text).map_err(|error| wrong(path, describe(&error)))?;
    check(&config).map_err(|what| wrong(path, what))?;
    Ok(config)
}

fn check(config: &Config) -> Result<(), &'static str> {
    let is_relative = |path: &PathBuf| !path.is_absolute();
    let is_unsafe = |place: &PathBuf| is_relative(place) && place != Path::new("*");
    let identity = config.identity.iter();
    let (in_keyring, in_files): (Vec<_>, Vec<_>) = identity.partition(|it| it.store == IdentityStore::Keyring);
    let rules = [
        (config.plugins.iter().any(is_relative), "`plugins` needs absolute paths"),
        (config.safe.iter().any(is_unsafe), "`safe` needs absolute paths, or `*`"),
        (config.paths.keys().any(is_relative), "`paths` needs absolute directories"),
        (
            config.paths.values().any(|path| path.parse::<ParameterPath>().is_err()),
            "`paths` needs paths of parameters, such as /app/dev",
        ),
        (
            config.replicas.keys().any(|vault| vault.parse::<VaultId>().is_err()),
            "`replicas` needs ids of vaults, vlt1…",
        ),
        (config.replicas.values().any(is_relative), "`replicas` needs absolute directories"),
        (
            in_keyring.iter().any(|it| it.recipient.is_none()),
            "`identity` with `store: keyring` needs `recipient`, which names the entry",
        ),
        (in_keyring.iter().any(|it| it.file.is_some()), "`identity` with `store: keyring` has no `file`"),
        (in_files.iter().any(|it| it.file.is_none()), "`identity` needs `file`"),
    ];
    rules.iter().find(|(is_broken, _)| *is_broken).map_or(Ok(()), |(_, what)| Err(*what))
}

/// Describes the error without repeating a value: somebody may have pasted an identity here.
fn describe(error: &serde_yaml::Error) -> String {
    let message = error.to_string();
    let line = error.location().map(|at| format!("line {}: ", at.line())).unwrap_or_default();
    format!("{line}{}", explain(&message))
}

fn explain(message: &str) -> String {
    if let Some(known) = quoted_after(message, "duplicate field `").filter(|key| is_plain(key)) {
        return format!("`{known}` occurs twice");
    }
    if let Some(known) = quoted_after(message, "missing field `").filter(|key| is_plain(key)) {
        return format!("`{known}` is missing");
    }
    // The last one: a pasted value may contain the word, too.
    let expected = message.rsplit_once(", expected ").map(|(_, rest)| rest.split(" at line").next().unwrap_or(rest));
    match (quoted_after(message, "unknown field `"), expected) {
        (Some(key), Some(expected)) if is_plain(key) => format!("unknown key `{key}`, known: {}", bare(expected)),
        (Some(_), Some(expected)) => format!("unknown key, known: {}", bare(expected)),
        (None, Some(expected)) => format!("expected {expected}"),
        _ => "not valid YAML".to_owned(),
    }
}

fn bare(expected: &str) -> &str {
    expected.trim_start_matches("one of ")
}

fn quoted_after<'a>(message: &'a str, opening: &str) -> Option<&'a str> {
    message.split_once(opening)?.1.split('`').next()
}

fn is_plain(key: &str) -> bool {
    key.len() <= 24 && key.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-'))
}

/// The lines that say where an identity is. `None` if a path is not UTF-8.
pub(super) fn emit_identity(identity: &IdentitySource) -> Option<String> {
    let mut text = format!("{IDENTITY}:\n{}", line("  store", identity.store.as_str()));
    if let Some(file) = &identity.file {
        text += &line("  file", file.to_str()?);
    }
    if let Some(recipient) = &identity.recipient {
        text += &line("  recipient", recipient);
    }
    Some(text)
}

/// The lines of the current paths of directories. `None` if a directory is not UTF-8.
pub(super) fn emit_paths(paths: &BTreeMap<PathBuf, String>) -> Option<String> {
    emit_map(PATHS, paths.iter().map(|(directory, path)| Some((directory.to_str()?, path.as_str()))))
}

/// The lines of the places of other vaults. `None` if a directory is not UTF-8.
pub(super) fn emit_replicas(replicas: &BTreeMap<String, PathBuf>) -> Option<String> {
    emit_map(REPLICAS, replicas.iter().map(|(vault, place)| Some((vault.as_str(), place.to_str()?))))
}

fn emit_map<'a>(key: &str, entries: impl Iterator<Item = Option<(&'a str, &'a str)>>) -> Option<String> {
    let lines = entries.map(|entry| entry.map(|(name, value)| line(&format!("  {}", quote(name)), value)));
    let lines = lines.collect::<Option<String>>()?;
    Some(if lines.is_empty() { lines } else { format!("{key}:\n{lines}") })
}

/// A line with a setting. Nesting is part of the key.
pub(super) fn line(key: &str, value: &str) -> String {
    format!("{key}: {}\n", quote(value))
}

/// A double-quoted YAML scalar: a JSON string, in which YAML's own line breaks and unprintable characters are escaped.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::new();
    for character in serde_json::Value::from(text).to_string().chars() {
        match character {
            ' '..='~' => quoted.push(character),
            letter if letter.is_alphanumeric() => quoted.push(letter),
            other => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(other));
            }
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::keys::emit;
    use super::*;

    fn refused(text: &str) -> String {
        parse(Path::new("config.yaml"), text).unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_key_is_named_beside_the_known_ones() {
        let error = refused("plugin: []\n");
        assert!(error.contains("unknown key `plugin`"), "{error}");
        assert!(error.contains("`plugins`") && error.contains("`allow_ssh_rsa`"), "{error}");
        let error = refused("identity:\n  store: file\n  path: x\n");
        assert!(error.contains("unknown key `path`") && error.contains("`file`"), "{error}");
    }

    #[test]
    fn wrong_forms_say_what_is_expected_and_where() {
        let error = refused("identity:\n  store: keychain\n");
        assert!(error.contains("line 2") && error.contains("`keyring`") && !error.contains("keychain"), "{error}");
        assert!(refused("allow_ssh_rsa: maybe\n").contains("expected a boolean"));
        assert!(refused("identity: {}\n").contains("`store` is missing"));
        assert!(refused("plugins: [age-plugin-evil]\n").contains("absolute"));
        assert!(refused("safe: [vault]\n").contains("absolute"));
        assert!(refused("identity: {store: keyring}\n").contains("`recipient`"));
        assert!(refused("identity: {store: ssh}\n").contains("`file`"));
        assert!(refused("editor: a\neditor: b\n").contains("twice"));
        assert!(refused("\t: [\n").contains("not valid YAML"));
        assert!(refused("editor: a\n---\neditor: b\n").contains("not valid YAML"));
    }

    #[test]
    fn a_line_break_that_only_yaml_knows_survives_writing() {
        let config = Config { editor: Some("a\u{85}b\u{2028}c".to_owned()), ..Config::default() };
        assert_eq!(parse(Path::new("c"), &emit(&config).unwrap()).unwrap(), config);
    }

    const CANARY: &str = "AGE-SECRET-KEY-1CANARY";

    proptest! {
        #[test]
        fn a_pasted_identity_never_shows_up_in_an_error(
            before in prop::sample::select(vec![
                "", "identity: ", "identity:\n  ", "identity:\n  store: ", "editor: [", "plugins: ", "git: ", "- ",
                "allow_ssh_rsa: ", "? ", "unknown field `", "%", "*", "&", "!",
            ]),
            after in prop::sample::select(vec![
                "", ": 1", ", expected one of", "`", "'", "\"", "\n: x", ": [", "\u{0}",
            ]),
        ) {
            if let Err(error) = parse(Path::new("c"), &format!("{before}{CANARY}{after}\n")) {
                prop_assert!(!error.to_string().contains("CANARY"), "{error}");
                prop_assert!(!format!("{error:?}").contains("CANARY"), "{error:?}");
            }
        }

        #[test]
        fn any_setting_survives_writing(editor in any::<String>(), file in "[^\\x00]{1,40}") {
            let identity = IdentitySource { store: IdentityStore::Ssh, file: Some(file.into()), recipient: None };
            let config = Config { editor: Some(editor), identity: Some(identity), ..Config::default() };
            prop_assert_eq!(parse(Path::new("c"), &emit(&config).unwrap()).unwrap(), config);
        }
    }
}
