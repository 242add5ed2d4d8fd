//! The local configuration: `config.yaml` in the user's configuration directory, `vault`.
//!
//! It names the identity and what may run on this machine, so nothing in a repository can say either. It holds no
//! secret. Unknown keys are errors: a misspelt `plugins` must not silently mean none.

mod text;

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use self::text::{emit, emit_identity, line};
use super::private::{self, Overwrite, PrivateError};

/// Name of the file in the configuration directory.
const FILE: &str = "config.yaml";
/// The keys of the settings that a command may change.
const AGENT: &str = "agent";
const IDENTITY: &str = "identity";
/// Said of a path that cannot stand in the file.
const NOT_UTF8: &str = "a path that is not UTF-8 cannot be written";
/// The most that is read of it, in bytes.
const SIZE_LIMIT: usize = 64 * 1024;

/// What is set on this machine. Without a file, everything has its default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where this user's identity is, once `vault init` has made or found one.
    pub identity: Option<IdentitySource>,
    /// The age plugins that may be run: absolute paths, and no others, ever.
    pub plugins: Vec<PathBuf>,
    /// Whether `ssh-rsa` keys may be used (RUSTSEC-2023-0071).
    pub allow_ssh_rsa: bool,
    /// The program for `vault edit`, instead of the environment's.
    pub editor: Option<String>,
    /// Whether a passphrase that somebody typed starts an unlock agent.
    pub agent: AgentUse,
    /// Working with git.
    pub git: Git,
}

/// Whether commands start an unlock agent by themselves. `vault unlock` starts one in any case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AgentUse {
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
pub struct IdentitySource {
    /// The kind of place.
    pub store: IdentityStore,
    /// The file, for every kind but the keyring. A relative path counts from the configuration directory.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// The public half. Names the entry in the keyring; elsewhere, the identity that is found must match it.
    #[serde(default)]
    pub recipient: Option<String>,
}

/// The kinds of places for an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdentityStore {
    /// The operating system's keyring.
    Keyring,
    /// An age file under a passphrase.
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
pub struct Git {
    /// Whether each change is committed.
    pub auto_commit: bool,
}

/// Why there is no usable configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read or written.
    #[error(transparent)]
    File(#[from] PrivateError),
    /// The file is not what a configuration looks like.
    #[error("`{}`: {what}", .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line where it is known.
        what: String,
    },
}

/// A configuration file that is read when somebody first asks for it: most commands with an identity at hand never do.
#[derive(Debug)]
pub struct ConfigFile {
    directory: PathBuf,
    content: OnceCell<Config>,
}

impl ConfigFile {
    /// The configuration in that directory, which need not exist.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        ConfigFile { directory: directory.into(), content: OnceCell::new() }
    }

    /// The configuration directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Path of the file itself.
    pub fn path(&self) -> PathBuf {
        self.directory.join(FILE)
    }

    /// What is configured.
    pub fn read(&self) -> Result<&Config, ConfigError> {
        if let Some(config) = self.content.get() {
            return Ok(config);
        }
        let config = read(&self.path())?;
        Ok(self.content.get_or_init(|| config))
    }

    /// Replaces the file, keeping nothing of the old one. What was written is read again and compared first.
    pub fn write(&mut self, config: Config) -> Result<(), ConfigError> {
        let path = self.path();
        let text = emit(&config).ok_or_else(|| wrong(&path, NOT_UTF8))?;
        if parse(&path, &text)? != config {
            return Err(wrong(&path, "a setting cannot be written"));
        }
        private::write_private(&path, text.as_bytes(), Overwrite::Replace)?;
        self.content = OnceCell::from(config);
        Ok(())
    }
}

/// Says in the file whether agents are started, and leaves everything else in it as its owner wrote it.
pub fn set_agent(directory: &Path, choice: AgentUse) -> Result<(), ConfigError> {
    let mut block = String::new();
    line(&mut block, AGENT, choice.as_str());
    set(directory, AGENT, &block, |config| Config { agent: choice, ..config })
}

/// Says in the file where the identity is, and leaves everything else in it as its owner wrote it.
pub fn set_identity(directory: &Path, source: &IdentitySource) -> Result<(), ConfigError> {
    let block = emit_identity(source).ok_or_else(|| wrong(&directory.join(FILE), NOT_UTF8))?;
    set(directory, IDENTITY, &block, |config| Config { identity: Some(source.clone()), ..config })
}

/// Puts the lines of one setting in the place of those that it had. `change` says what they mean.
fn set(directory: &Path, key: &str, block: &str, change: impl Fn(Config) -> Config) -> Result<(), ConfigError> {
    let path = directory.join(FILE);
    let bytes = match private::read_settings(&path, SIZE_LIMIT) {
        Err(PrivateError::Absent { .. }) => return ConfigFile::at(directory).write(change(Config::default())),
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
    changed.push_str(block);
    if parse(&path, &changed)? != change(parse(&path, text)?) {
        return Err(wrong(&path, format!("the setting `{key}` cannot be changed; write it yourself")));
    }
    Ok(private::write_private(&path, changed.as_bytes(), Overwrite::Replace)?)
}

fn read(path: &Path) -> Result<Config, ConfigError> {
    let bytes = match private::read_settings(path, SIZE_LIMIT) {
        Err(PrivateError::Absent { .. }) => return Ok(Config::default()),
        read => read?,
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong(path, "not UTF-8 text"))?;
    parse(path, text)
}

fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
    if text.lines().all(|line| line.trim_start().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(Config::default());
    }
    let config: Config = serde_yaml::from_str(text).map_err(|error| wrong(path, describe(&error)))?;
    check(&config).map_err(|what| wrong(path, what))?;
    Ok(config)
}

fn check(config: &Config) -> Result<(), String> {
    if config.plugins.iter().any(|plugin| !plugin.is_absolute()) {
        return Err("`plugins` needs absolute paths".to_owned());
    }
    let Some(identity) = &config.identity else { return Ok(()) };
    match identity.store {
        IdentityStore::Keyring if identity.recipient.is_none() => {
            Err("`identity` with `store: keyring` needs `recipient`, which names the entry".to_owned())
        }
        IdentityStore::Keyring if identity.file.is_some() => {
            Err("`identity` with `store: keyring` has no `file`".to_owned())
        }
        IdentityStore::Keyring => Ok(()),
        _ if identity.file.is_none() => Err("`identity` needs `file`".to_owned()),
        _ => Ok(()),
    }
}

/// Says what is wrong without repeating a value: somebody may have pasted an identity in here.
fn describe(error: &serde_yaml::Error) -> String {
    let message = error.to_string();
    let line = error.location().map(|at| format!("line {}: ", at.line())).unwrap_or_default();
    format!("{line}{}", explain(&message))
}

fn explain(message: &str) -> String {
    if let Some(known) = quoted_after(message, "duplicate field `").filter(|key| is_plain(key)) {
        return format!("`{known}` stands there twice");
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
        _ => "not readable as YAML".to_owned(),
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

fn wrong(path: &Path, what: impl Into<String>) -> ConfigError {
    ConfigError::Content { path: path.to_owned(), what: what.into() }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use proptest::prelude::*;

    use super::*;

    fn refused(text: &str) -> String {
        parse(Path::new("config.yaml"), text).unwrap_err().to_string()
    }

    fn full() -> Config {
        Config {
            identity: Some(IdentitySource {
                store: IdentityStore::Passphrase,
                file: Some("identities/alice.age".into()),
                recipient: Some("age1abc".to_owned()),
            }),
            plugins: vec!["/usr/bin/age-plugin-yubikey".into()],
            allow_ssh_rsa: true,
            editor: Some("nano \"quoted\"".to_owned()),
            agent: AgentUse::Auto,
            git: Git { auto_commit: true },
        }
    }

    #[test]
    fn no_file_an_empty_file_and_comments_alone_mean_the_defaults() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(ConfigFile::at(home.path().join("none")).read().unwrap(), &Config::default());
        for text in ["", "\n", "# nothing set\n"] {
            assert_eq!(parse(Path::new("c"), text).unwrap(), Config::default());
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
        assert!(refused("identity: {store: keyring}\n").contains("`recipient`"));
        assert!(refused("identity: {store: ssh}\n").contains("`file`"));
        assert!(refused("editor: a\neditor: b\n").contains("twice"));
        assert!(refused("\t: [\n").contains("not readable"));
        assert!(refused("editor: a\n---\neditor: b\n").contains("not readable"));
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
            let mut config = full();
            config.editor = Some(editor);
            config.identity.as_mut().unwrap().file = Some(file.into());
            prop_assert_eq!(parse(Path::new("c"), &emit(&config).unwrap()).unwrap(), config);
        }
    }
}
