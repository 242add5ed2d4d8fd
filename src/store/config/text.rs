//! The text of the configuration file.

use std::fmt::Write as _;

use super::{AGENT, AgentUse, Config, IDENTITY, IdentitySource, IdentityStore};

/// The file's text, with what is not default. Nothing if a path is not UTF-8.
pub(super) fn emit(config: &Config) -> Option<String> {
    let mut text = String::from("# Settings of `vault` on this machine. No secret belongs in here.\n");
    if let Some(identity) = &config.identity {
        text.push_str(&emit_identity(identity)?);
    }
    if !config.plugins.is_empty() {
        text.push_str("plugins:\n");
        for plugin in &config.plugins {
            let _ = writeln!(text, "  - {}", quote(plugin.to_str()?));
        }
    }
    if config.allow_ssh_rsa {
        text.push_str("allow_ssh_rsa: true\n");
    }
    if let Some(editor) = &config.editor {
        line(&mut text, "editor", editor);
    }
    if config.agent != AgentUse::Ask {
        line(&mut text, AGENT, config.agent.as_str());
    }
    if config.git.auto_commit {
        text.push_str("git:\n  auto_commit: true\n");
    }
    Some(text)
}

/// The lines that say where an identity is.
pub(super) fn emit_identity(identity: &IdentitySource) -> Option<String> {
    let mut text = format!("{IDENTITY}:\n");
    line(&mut text, "  store", identity.store.as_str());
    if let Some(file) = &identity.file {
        line(&mut text, "  file", file.to_str()?);
    }
    if let Some(recipient) = &identity.recipient {
        line(&mut text, "  recipient", recipient);
    }
    Some(text)
}

/// One setting.
pub(super) fn line(text: &mut String, key: &str, value: &str) {
    let _ = writeln!(text, "{key}: {}", quote(value));
}

/// A double-quoted YAML scalar: a JSON string, in which YAML's own line breaks and unprintable characters are escaped.
fn quote(text: &str) -> String {
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

impl AgentUse {
    /// The word that the configuration uses.
    pub fn as_str(self) -> &'static str {
        match self {
            AgentUse::Auto => "auto",
            AgentUse::Off => "off",
            AgentUse::Ask => "ask",
        }
    }
}

impl IdentityStore {
    /// The word that the configuration uses.
    pub fn as_str(self) -> &'static str {
        match self {
            IdentityStore::Keyring => "keyring",
            IdentityStore::Passphrase => "passphrase",
            IdentityStore::File => "file",
            IdentityStore::Ssh => "ssh",
            IdentityStore::Plugin => "plugin",
        }
    }
}
