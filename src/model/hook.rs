//! Hooks: what a rotation sends to a local program, and what it returns (secrets-manager §8, docs/hooks.md).

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use super::name::SecretName;
use super::value::SecretValue;
use super::written::words;

words! {
    /// The steps of a rotation, in their order and in the words that a hook gets as its argument.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Step, StepError {
        /// Create the new value.
        Create = "create",
        /// Make the service accept it.
        Set = "set",
        /// Try it.
        Test = "test",
        /// Clean up before AWSCURRENT moves.
        Finish = "finish",
    }
}

/// A word that names no step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a step must be create, set, test or finish")]
pub struct StepError;

/// Which program rotates a secret: a name in the secret's document, never a command line.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HookName {
    /// `builtin:…`: a built-in strategy.
    Builtin(Strategy),
    /// `lambda:FILE.py`: a stock AWS rotation function, a path inside the vault's `hooks/`. `lambda:FILE.url` says where one is
    /// called that is served elsewhere.
    Lambda(String),
    /// A path inside the vault's `hooks/`, such as `rotate.sh`.
    File(String),
    /// An absolute path on this machine.
    Program(String),
}

words! {
    /// The built-in strategies, by their names without `builtin:`.
    #[derive(Hash, PartialOrd, Ord)]
    pub enum Strategy, HookNameError {
        /// The password of a PostgreSQL role.
        Postgres = "postgres",
        /// The password of a MySQL or MariaDB account.
        Mysql = "mysql",
        /// A new random value, and nothing else.
        Random = "random",
        /// One HTTP request for each step.
        Http = "http",
    }
}

/// A text that is not the name of a hook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a hook must be a file in the vault's hooks/ such as `rotate.sh`, an absolute path, `lambda:FILE.py`, or one of \
     builtin:postgres, builtin:mysql, builtin:random and builtin:http"
)]
pub struct HookNameError;

/// The longest name of a hook, in bytes.
const NAME_LIMIT: usize = 512;

impl FromStr for HookName {
    type Err = HookNameError;

    fn from_str(text: &str) -> Result<Self, HookNameError> {
        if text.len() > NAME_LIMIT || text.chars().any(char::is_control) {
            return Err(HookNameError);
        }
        if let Some(strategy) = text.strip_prefix("builtin:") {
            return strategy.parse().map(HookName::Builtin);
        }
        if let Some(file) = text.strip_prefix("lambda:") {
            return inside(file).map(HookName::Lambda);
        }
        if let Some(rest) = text.strip_prefix('/') {
            return inside(rest).map(|rest| HookName::Program(format!("/{rest}")));
        }
        inside(text).map(HookName::File)
    }
}

impl HookName {
    /// Whether it is a rotation function that is served elsewhere.
    pub(crate) fn is_served(&self) -> bool {
        matches!(self, HookName::Lambda(file) if Path::new(file).extension().is_some_and(|it| it == "url"))
    }
}

/// A relative path that stays below where it starts.
fn inside(path: &str) -> Result<String, HookNameError> {
    let plain = |level: &str| !level.is_empty() && level != "." && level != ".." && !level.contains(['\\', ':']);
    if path.split('/').all(plain) { Ok(path.to_owned()) } else { Err(HookNameError) }
}

impl fmt::Display for HookName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HookName::Builtin(strategy) => write!(f, "builtin:{strategy}"),
            HookName::Lambda(file) => write!(f, "lambda:{file}"),
            HookName::File(path) | HookName::Program(path) => f.write_str(path),
        }
    }
}

/// A text that is no option of a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HookOptionError {
    /// No `=`.
    #[error("an option is written KEY=VALUE")]
    Form,
    /// A key or a value that does not fit into one line, or no key.
    #[error("an option is one line of at most {OPTION_LIMIT} bytes, and its key is not empty")]
    Text,
}

/// The longest key or value of an option, in bytes.
const OPTION_LIMIT: usize = 1024;

/// Reads an option of a hook, `KEY=VALUE`.
pub(crate) fn option(text: &str) -> Result<(String, String), HookOptionError> {
    let (key, value) = text.split_once('=').ok_or(HookOptionError::Form)?;
    let is_plain = |text: &str| text.len() <= OPTION_LIMIT && !text.chars().any(char::is_control);
    let fits = !key.is_empty() && is_plain(key) && is_plain(value);
    if fits { Ok((key.to_owned(), value.to_owned())) } else { Err(HookOptionError::Text) }
}

/// One value, as a hook gets it.
pub struct HookValue {
    /// The id of its version.
    pub version_id: String,
    /// Whether it was stored as binary.
    pub binary: bool,
    /// The plaintext.
    pub value: SecretValue,
}

/// One call of a hook.
pub struct HookCall {
    /// Which step.
    pub step: Step,
    /// The secret that is rotated.
    pub secret: SecretName,
    /// The id of the pending version; the same for every attempt of one rotation.
    pub token: String,
    /// Counts the attempts of one rotation from 1.
    pub attempt: u64,
    /// The value staged AWSCURRENT.
    pub current: Option<HookValue>,
    /// The value staged AWSPENDING; `None` during `create`.
    pub pending: Option<HookValue>,
    /// The value staged AWSPREVIOUS.
    pub previous: Option<HookValue>,
    /// The values of aborted rotations, the newest first: the service may have one of them instead of the current one.
    pub aborted: Vec<HookValue>,
    /// The current value of the administrator's secret.
    pub admin: Option<HookValue>,
    /// Options that were configured for the hook, such as `users` or `url`.
    pub options: BTreeMap<String, String>,
}

impl HookCall {
    /// Every value that the hook gets.
    pub(crate) fn values(&self) -> impl Iterator<Item = &SecretValue> {
        let versions = [&self.current, &self.pending, &self.previous, &self.admin];
        versions.into_iter().flatten().chain(&self.aborted).map(|version| &version.value)
    }
}

/// A new value that a hook returned in `create`.
pub struct Produced {
    /// Whether it is binary.
    pub binary: bool,
    /// The plaintext.
    pub value: SecretValue,
}

/// Why a step did not succeed. Contains no value: a hook's output is masked before it gets here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct HookFailure {
    /// One line: what happened, such as `exit 3: connection refused`.
    pub reason: String,
    /// What that means for the next attempt.
    pub kind: FailureKind,
}

/// What a failure means for the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The hook could not even be started: nothing was tried.
    NotRun,
    /// It failed, and the same value may succeed later.
    Failed,
    /// The service's rules refuse this value, now and later.
    Refused,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_one_line_with_a_key() {
        for (text, key, value) in [("a=b", "a", "b"), ("a=", "a", ""), ("url=x=y", "url", "x=y")] {
            assert_eq!(option(text), Ok((key.to_owned(), value.to_owned())));
        }
        assert_eq!(option("a"), Err(HookOptionError::Form));
        for bad in ["=b", "a=b\nc", &format!("a={}", "x".repeat(OPTION_LIMIT + 1))] {
            assert_eq!(option(bad), Err(HookOptionError::Text), "{bad}");
        }
    }

    #[test]
    fn names_of_hooks_stay_inside_their_place() {
        for good in ["rotate.sh", "db/rotate.py", "/usr/local/bin/rotate", "lambda:fn.py", "builtin:postgres"] {
            assert_eq!(good.parse::<HookName>().unwrap().to_string(), good);
        }
        for bad in
            ["", ".", "..", "../x", "a/../b", "a//b", "a/", "/", "//x", "/../x", "a\\b", "builtin:oracle", "builtin:"]
        {
            assert!(bad.parse::<HookName>().is_err(), "{bad}");
        }
        for bad in ["lambda:", "lambda:/x.py", "lambda:../x", "a\nb", "sh:x", &"x".repeat(513)] {
            assert!(bad.parse::<HookName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn steps_have_an_order_and_a_word_each() {
        assert!(Step::ALL.is_sorted());
        assert!(Step::ALL.iter().all(|step| step.as_str().parse() == Ok(*step)));
        assert!("Create".parse::<Step>().is_err());
    }

    #[test]
    fn a_function_with_an_address_is_served_elsewhere() {
        let is_served = |name: &str| name.parse::<HookName>().unwrap().is_served();
        assert!(is_served("lambda:fn.url") && !is_served("lambda:fn.py") && !is_served("fn.url"));
    }
}
