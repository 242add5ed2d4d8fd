//! The local configuration: `config.yaml` in the user's configuration directory, `vault`.
//!
//! It names the identity and what may run on this machine, so that a repository can set neither. It contains no secret.
//! Unknown keys are errors: a misspelt `plugins` must not silently mean none.

pub(crate) mod keys;
pub(crate) mod paths;
pub(crate) mod replicas;
mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use serde::Deserialize;

use super::audit::ForwardTo;
use super::private::{self, Overwrite, PrivateError};
use crate::model::freshness::Freshness;

/// Name of the file in the configuration directory.
const FILE: &str = "config.yaml";
/// The keys of the settings that a command may change.
const AGENT: &str = "agent";
const IDENTITY: &str = "identity";
const PATHS: &str = "paths";
const REPLICAS: &str = "replicas";
/// How long a copied value stays in the clipboard by default.
pub(super) const CLIPBOARD_SECONDS: u32 = 45;
/// The error for a path that cannot be written to the file.
const NOT_UTF8: &str = "a path that is not UTF-8 cannot be written";
/// Its maximum size, in bytes.
const SIZE_LIMIT: usize = 64 * 1024;

/// The settings of this machine. Without a file, everything has its default.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Where this user's identity is, once `vault init` has created or found one.
    pub identity: Option<IdentitySource>,
    /// The age plugins that may be run, by absolute path.
    pub plugins: Vec<PathBuf>,
    /// Vaults that may belong to other users: each a vault's directory or the one around it, `DIR/*`, or `*`.
    pub safe: Vec<PathBuf>,
    /// Whether `ssh-rsa` keys may be used (RUSTSEC-2023-0071).
    pub allow_ssh_rsa: bool,
    /// A command line for the shell that edits a file, used before `$VISUAL` and `$EDITOR`.
    pub editor: Option<String>,
    /// After how many seconds a copied value is cleared from the clipboard; 0 for never.
    pub clipboard_seconds: u32,
    /// Whether typing a passphrase starts an unlock agent.
    pub agent: AgentUse,
    /// The current path of directories, by their absolute path.
    pub paths: BTreeMap<PathBuf, String>,
    /// Where the vaults are that have copies of secrets, by their ids.
    pub replicas: BTreeMap<String, PathBuf>,
    /// Working with git.
    pub git: Git,
    /// The log of uses.
    pub audit: Audit,
    /// What is done about documents that are older than this machine has seen elsewhere.
    #[serde(with = "FreshnessName")]
    pub freshness: Freshness,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            identity: None,
            plugins: Vec::new(),
            safe: Vec::new(),
            allow_ssh_rsa: false,
            editor: None,
            clipboard_seconds: CLIPBOARD_SECONDS,
            agent: AgentUse::default(),
            paths: BTreeMap::new(),
            replicas: BTreeMap::new(),
            git: Git::default(),
            audit: Audit::default(),
            freshness: Freshness::default(),
        }
    }
}

#[derive(Deserialize)]
#[serde(remote = "Freshness", rename_all = "lowercase")]
enum FreshnessName {
    Warn,
    Strict,
}

/// Whether commands start an unlock agent automatically. `vault unlock` starts one in any case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AgentUse {
    /// Whenever a passphrase was typed.
    Auto,
    /// Never.
    Off,
    /// After a question.
    #[default]
    Ask,
}

/// Where an identity is kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdentitySource {
    /// The kind of place.
    pub store: IdentityStore,
    /// The file, for every kind except the keyring. A relative path is relative to the configuration directory.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// The public key. It names the entry in the keyring; for other kinds, the identity that is found must match it.
    #[serde(default)]
    pub recipient: Option<String>,
}

/// The kinds of places for an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum IdentityStore {
    /// The operating system's keyring.
    Keyring,
    /// A passphrase-protected age file.
    Passphrase,
    /// A plain identity file.
    File,
    /// An SSH private key.
    Ssh,
    /// An identity file of an age plugin.
    Plugin,
}

/// Settings for git.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Git {
    /// Whether each change is committed.
    pub auto_commit: bool,
}

/// Settings for the log of uses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Audit {
    /// Where records go besides the log.
    pub forward: ForwardTo,
}

/// Why there is no usable configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read or written.
    #[error(transparent)]
    File(#[from] PrivateError),
    /// The file is not a valid configuration.
    #[error("`{}`: {what}", .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line if it is known.
        what: String,
    },
}

/// A configuration file that is read on first use: most commands with a given identity never need it.
///
/// A clone of it reads nothing again.
#[derive(Debug, Clone)]
pub struct ConfigFile {
    directory: PathBuf,
    content: Arc<OnceLock<Config>>,
}

impl ConfigFile {
    /// The configuration in that directory, which need not exist.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        ConfigFile { directory: directory.into(), content: Arc::default() }
    }

    /// The configuration directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Path of the file itself.
    pub fn path(&self) -> PathBuf {
        self.directory.join(FILE)
    }

    /// The configuration.
    pub(crate) fn read(&self) -> Result<&Config, ConfigError> {
        if let Some(config) = self.content.get() {
            return Ok(config);
        }
        let config = read(&self.path())?;
        Ok(self.content.get_or_init(|| config))
    }

    /// Replaces the file completely. What is about to be written is parsed and compared first.
    pub(crate) fn write(&mut self, config: Config) -> Result<(), ConfigError> {
        let path = self.path();
        let text = keys::emit(&config).ok_or_else(|| wrong(&path, NOT_UTF8))?;
        if text::parse(&path, &text)? != config {
            return Err(wrong(&path, "a setting cannot be written"));
        }
        private::write_private(&path, text.as_bytes(), Overwrite::Replace)?;
        self.content = Arc::new(OnceLock::from(config));
        Ok(())
    }
}

/// Sets in the file whether agents are started, and leaves everything else in it as its owner wrote it.
pub(crate) fn set_agent(directory: &Path, choice: AgentUse) -> Result<(), ConfigError> {
    set(directory, AGENT, Some(text::line(AGENT, choice.as_str())), |config| config.agent = choice)
}

/// Sets in the file where the identity is, and leaves everything else in it as its owner wrote it.
pub(crate) fn set_identity(directory: &Path, source: &IdentitySource) -> Result<(), ConfigError> {
    set(directory, IDENTITY, text::emit_identity(source), |config| config.identity = Some(source.clone()))
}

/// Replaces the lines of one setting, which are `None` if a path in it is not UTF-8. `change` is what they mean.
fn set(
    directory: &Path,
    key: &str,
    lines: Option<String>,
    change: impl FnOnce(&mut Config),
) -> Result<(), ConfigError> {
    let path = directory.join(FILE);
    let lines = lines.ok_or_else(|| wrong(&path, NOT_UTF8))?;
    let bytes = match private::read_settings(&path, SIZE_LIMIT) {
        Err(PrivateError::Absent { .. }) if lines.is_empty() => return Ok(()),
        Err(PrivateError::Absent { .. }) => {
            let mut config = Config::default();
            change(&mut config);
            return ConfigFile::at(directory).write(config);
        }
        read => read?,
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong(&path, "not UTF-8 text"))?;
    let (mut changed, mut is_inside) = (String::new(), false);
    for kept in text.lines() {
        let is_below = is_inside && kept.starts_with(' ');
        is_inside = is_below || kept.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
        if !is_inside {
            changed.push_str(kept);
            changed.push('\n');
        }
    }
    changed.push_str(&lines);
    let mut meant = text::parse(&path, text)?;
    change(&mut meant);
    if text::parse(&path, &changed)? != meant {
        return Err(wrong(&path, format!("the setting `{key}` cannot be changed automatically; edit it yourself")));
    }
    Ok(private::write_private(&path, changed.as_bytes(), Overwrite::Replace)?)
}

fn read(path: &Path) -> Result<Config, ConfigError> {
    let bytes = match private::read_settings(path, SIZE_LIMIT) {
        Err(PrivateError::Absent { .. }) => return Ok(Config::default()),
        read => read?,
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong(path, "not UTF-8 text"))?;
    text::parse(path, text)
}

fn wrong(path: &Path, what: impl Into<String>) -> ConfigError {
    ConfigError::Content { path: path.to_owned(), what: what.into() }
}

impl AgentUse {
    /// The word that the configuration uses.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            AgentUse::Auto => "auto",
            AgentUse::Off => "off",
            AgentUse::Ask => "ask",
        }
    }
}

impl IdentityStore {
    /// The word that the configuration uses.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            IdentityStore::Keyring => "keyring",
            IdentityStore::Passphrase => "passphrase",
            IdentityStore::File => "file",
            IdentityStore::Ssh => "ssh",
            IdentityStore::Plugin => "plugin",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::model::id::VaultId;

    fn full() -> Config {
        Config {
            identity: Some(IdentitySource {
                store: IdentityStore::Passphrase,
                file: Some("identities/alice.age".into()),
                recipient: Some("age1abc".to_owned()),
            }),
            plugins: vec!["/usr/bin/age-plugin-yubikey".into()],
            safe: vec!["/srv/vault".into(), "*".into()],
            allow_ssh_rsa: true,
            editor: Some("nano \"quoted\"".to_owned()),
            clipboard_seconds: 20,
            agent: AgentUse::Auto,
            paths: [("/srv/shop".into(), "/shop/dev".to_owned())].into(),
            replicas: [(VaultId([7; 32]).to_string(), "/srv/other/.vault".into())].into(),
            git: Git { auto_commit: true },
            audit: Audit { forward: ForwardTo::Journald },
            freshness: Freshness::Strict,
        }
    }

    #[test]
    fn no_file_an_empty_file_and_comments_alone_mean_the_defaults() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(ConfigFile::at(home.path().join("none")).read().unwrap(), &Config::default());
        for text in ["", "\n", "# nothing set\n"] {
            assert_eq!(text::parse(Path::new("c"), text).unwrap(), Config::default());
        }
    }

    #[test]
    fn what_was_written_is_read_back_and_private() {
        let home = tempfile::tempdir().unwrap();
        let mut file = ConfigFile::at(home.path().join("vault"));
        file.write(full()).unwrap();
        assert_eq!(ConfigFile::at(home.path().join("vault")).read().unwrap(), &full());
        assert_eq!(fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_others_can_change_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let file = ConfigFile::at(home.path());
        fs::write(file.path(), "allow_ssh_rsa: true\n").unwrap();
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o666)).unwrap();
        assert!(matches!(file.read(), Err(ConfigError::File(PrivateError::TooWide { .. }))));
        fs::rename(file.path(), home.path().join("elsewhere")).unwrap();
        std::os::unix::fs::symlink(home.path().join("elsewhere"), file.path()).unwrap();
        assert!(matches!(file.read(), Err(ConfigError::File(PrivateError::Link { .. }))));
    }

    #[test]
    fn the_answer_about_agents_is_written_beside_what_the_owner_wrote() {
        let home = tempfile::tempdir().unwrap();
        let file = ConfigFile::at(home.path());
        set_agent(home.path(), AgentUse::Off).unwrap();
        assert_eq!(ConfigFile::at(home.path()).read().unwrap().agent, AgentUse::Off);
        fs::write(file.path(), "# mine\neditor: nano\nagent: off\n").unwrap();
        set_agent(home.path(), AgentUse::Auto).unwrap();
        assert_eq!(fs::read_to_string(file.path()).unwrap(), "# mine\neditor: nano\nagent: \"auto\"\n");
        fs::write(file.path(), "{editor: nano}").unwrap();
        assert!(set_agent(home.path(), AgentUse::Auto).is_err());
        assert_eq!(fs::read_to_string(file.path()).unwrap(), "{editor: nano}");
    }
}
