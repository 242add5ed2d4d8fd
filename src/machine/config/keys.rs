//! The settings by their keys, for `vault config`: how each is read, written and recognised.

use std::path::{Path, PathBuf};

use super::{Config, ConfigError, FILE, IDENTITY, set, text, wrong};

/// A setting of the local configuration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// What it is called; a dot means that it is nested.
    pub(crate) name: &'static str,
    /// What its value must be.
    pub(crate) form: &'static str,
    kind: Kind,
    read: fn(&Config) -> Vec<String>,
    copy: fn(&mut Config, Config),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `true`, `false` or a number, as YAML writes it.
    Bare,
    Text,
    List,
    /// Written by the commands that create and move identities.
    Elsewhere,
}

/// Every setting but the paths of directories, which `super::paths` has.
pub(crate) const KEYS: &[Key] = &[
    Key {
        name: "agent",
        form: "`auto`, `ask` or `off`",
        kind: Kind::Text,
        read: |config| vec![config.agent.as_str().to_owned()],
        copy: |config, from| config.agent = from.agent,
    },
    Key {
        name: "allow_ssh_rsa",
        form: "`true` or `false`",
        kind: Kind::Bare,
        read: |config| vec![config.allow_ssh_rsa.to_string()],
        copy: |config, from| config.allow_ssh_rsa = from.allow_ssh_rsa,
    },
    Key {
        name: "audit.forward",
        form: "`off`, `syslog` or `journald`",
        kind: Kind::Text,
        read: |config| vec![config.audit.forward.as_str().to_owned()],
        copy: |config, from| config.audit.forward = from.audit.forward,
    },
    Key {
        name: "clipboard_seconds",
        form: "a number of seconds, 0 for never",
        kind: Kind::Bare,
        read: |config| vec![config.clipboard_seconds.to_string()],
        copy: |config, from| config.clipboard_seconds = from.clipboard_seconds,
    },
    Key {
        name: "editor",
        form: "a command line, such as `code --wait`",
        kind: Kind::Text,
        read: |config| config.editor.iter().cloned().collect(),
        copy: |config, from| config.editor = from.editor,
    },
    Key {
        name: "freshness",
        form: "`warn` or `strict`",
        kind: Kind::Text,
        read: |config| vec![config.freshness.as_str().to_owned()],
        copy: |config, from| config.freshness = from.freshness,
    },
    Key {
        name: "git.auto_commit",
        form: "`true` or `false`",
        kind: Kind::Bare,
        read: |config| vec![config.git.auto_commit.to_string()],
        copy: |config, from| config.git.auto_commit = from.git.auto_commit,
    },
    Key {
        name: IDENTITY,
        form: "what `vault init` and `vault unlock` configure",
        kind: Kind::Elsewhere,
        read: |config| {
            let parts = config.identity.iter().flat_map(|identity| {
                let file = identity.file.as_ref().map(|file| file.display().to_string());
                [Some(identity.store.as_str().to_owned()), file, identity.recipient.clone()]
            });
            parts.flatten().collect()
        },
        copy: |config, from| config.identity = from.identity,
    },
    Key {
        name: "plugins",
        form: "absolute paths of age plugins",
        kind: Kind::List,
        read: |config| listed(&config.plugins),
        copy: |config, from| config.plugins = from.plugins,
    },
    Key {
        name: "replicas",
        form: "written by `vault replica add`",
        kind: Kind::Elsewhere,
        read: |config| config.replicas.iter().map(|(vault, place)| format!("{vault}: {}", place.display())).collect(),
        copy: |config, from| config.replicas = from.replicas,
    },
    Key {
        name: "safe",
        form: "absolute paths of vaults, `DIR/*`, or `*`",
        kind: Kind::List,
        read: |config| listed(&config.safe),
        copy: |config, from| config.safe = from.safe,
    },
];

/// The text of a configuration, with the settings that differ from the default. `None` if a path is not UTF-8.
pub(super) fn emit(config: &Config) -> Option<String> {
    let mut text = String::from("# Settings of `vault` on this machine. Do not put secrets in here.\n");
    if let Some(identity) = &config.identity {
        text += &text::emit_identity(identity)?;
    }
    for key in KEYS.iter().filter(|key| key.is_settable() && !key.is_default(config)) {
        text += &key.lines(&key.values(config));
    }
    Some(text + &text::emit_paths(&config.paths)? + &text::emit_replicas(&config.replicas)?)
}

fn listed(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().map(|path| path.display().to_string()).collect()
}

impl Key {
    /// The values that it has: none, one, or those of a list.
    pub(crate) fn values(&self, config: &Config) -> Vec<String> {
        (self.read)(config)
    }

    /// Whether it has the value that it has without a configuration.
    pub(crate) fn is_default(&self, config: &Config) -> bool {
        self.values(config) == self.values(&Config::default())
    }

    /// Whether `vault config` may change it.
    pub(crate) fn is_settable(&self) -> bool {
        self.kind != Kind::Elsewhere
    }

    /// Whether these values fit.
    pub(crate) fn accepts(&self, values: &[String]) -> bool {
        self.meaning(values).is_some()
    }

    /// Sets it in the file of that directory, and leaves everything else there as its owner wrote it. No value unsets it.
    pub(crate) fn set(&self, directory: &Path, values: &[String]) -> Result<(), ConfigError> {
        let path = directory.join(FILE);
        let misfit = || wrong(&path, format!("`{}` must be {}", self.name, self.form));
        let meaning = self.meaning(values).ok_or_else(misfit)?;
        let block = self.name.split('.').next().unwrap_or(self.name);
        set(directory, block, Some(self.lines(values)), |config| (self.copy)(config, meaning))
    }

    /// A configuration with these values alone.
    fn meaning(&self, values: &[String]) -> Option<Config> {
        let fits = values.len() < 2 || self.kind == Kind::List;
        let is_bare = |value: &String| value.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let is_written = self.kind != Kind::Bare || values.iter().all(is_bare);
        text::parse(Path::new(FILE), &self.lines(values)).ok().filter(|_| fits && is_written)
    }

    /// The lines that set it.
    fn lines(&self, values: &[String]) -> String {
        let (outer, inner) = match self.name.split_once('.') {
            Some((outer, inner)) => (format!("{outer}:\n  "), inner),
            None => (String::new(), self.name),
        };
        match (values, self.kind) {
            ([], _) => String::new(),
            (values, Kind::List) => {
                let items = values.iter().map(|value| format!("  - {}\n", text::quote(value)));
                format!("{outer}{inner}:\n{}", items.collect::<String>())
            }
            ([value, ..], Kind::Bare) => format!("{outer}{inner}: {value}\n"),
            ([value, ..], _) => format!("{outer}{inner}: {}\n", text::quote(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::machine::config::ConfigFile;

    fn key(name: &str) -> Key {
        *KEYS.iter().find(|key| key.name == name).unwrap()
    }

    fn texts(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn a_setting_is_read_as_it_was_set_and_everything_else_stays() {
        let home = tempfile::tempdir().unwrap();
        let file = ConfigFile::at(home.path()).path();
        key("editor").set(home.path(), &texts(&["nano"])).unwrap();
        let before = "# mine\neditor: \"nano\"\n# about git\ngit:\n  auto_commit: true\n";
        fs::write(&file, before).unwrap();
        for (name, values) in [
            ("agent", &["off"][..]),
            ("allow_ssh_rsa", &["true"]),
            ("clipboard_seconds", &["0"]),
            ("editor", &["code --wait \"x\""]),
            ("freshness", &["strict"]),
            ("git.auto_commit", &["false"]),
            ("plugins", &["/usr/bin/a", "/usr/bin/b"]),
            ("safe", &["*"]),
        ] {
            key(name).set(home.path(), &texts(values)).unwrap();
            let config = ConfigFile::at(home.path()).read().unwrap().clone();
            assert_eq!(key(name).values(&config), texts(values), "{name}");
            assert_eq!(key(name).is_default(&config), name == "git.auto_commit", "{name}");
        }
        for unset in KEYS.iter().filter(|key| key.is_settable()) {
            unset.set(home.path(), &[]).unwrap();
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), "# mine\n# about git\n");
    }

    #[test]
    fn a_value_that_does_not_fit_changes_nothing() {
        let home = tempfile::tempdir().unwrap();
        for (name, values) in [
            ("agent", &["on"][..]),
            ("allow_ssh_rsa", &["yes"]),
            ("allow_ssh_rsa", &["true\nsafe: [\"*\"]"]),
            ("clipboard_seconds", &["soon"]),
            ("clipboard_seconds", &["-1"]),
            ("editor", &["a", "b"]),
            ("plugins", &["age-plugin-x"]),
        ] {
            assert!(!key(name).accepts(&texts(values)), "{name}");
            assert!(key(name).set(home.path(), &texts(values)).is_err(), "{name}");
        }
        assert!(!ConfigFile::at(home.path()).path().exists());
    }
}
