//! The environment of a child: what it inherits, and the values of the vault on top.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::forbidden::{self, Danger};
use super::variable::Variable;
use crate::model::value::SecretValue;

/// One value on its way into a variable.
pub(crate) struct Injected {
    /// The variable to set.
    pub variable: Variable,
    /// The name of the parameter or secret it comes from, for messages.
    pub source: String,
    /// The value.
    pub value: SecretValue,
    /// How it came here, for `explain`.
    pub provenance: Provenance,
}

/// Where a variable's value comes from. It contains no part of the value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Provenance {
    /// The argument of the user, or the file and the entry in it.
    pub argument: String,
    /// Number or id of the version; empty if several went into one text.
    pub version: String,
    /// What chose the version.
    pub selected_by: String,
    /// The rule that made the variable's name.
    pub rule: &'static str,
}

/// What a child inherits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Inheritance {
    /// Everything but identities.
    #[default]
    Whole,
    /// `--pristine`: `PATH`, `HOME`, `USER`, `LOGNAME`, `SHELL`, `TERM`, `TZ`, `TMPDIR`, `LANG` and `LC_*`.
    Pristine,
}

/// What happens to an inherited variable for which there is a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Existing {
    /// The value replaces it.
    #[default]
    Replace,
    /// `--keep-existing`: it stays.
    Keep,
}

/// How an environment is put together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// What is inherited.
    pub inheritance: Inheritance,
    /// Which of the two wins over the other.
    pub existing: Existing,
    /// `--required`: variables that must get a value. An inherited variable does not count.
    pub required: Vec<Variable>,
    /// `--allow-variable`: dangerous names that the user allows.
    pub allowed: Vec<Variable>,
    /// Variables that are not inherited, because their values reach the child in another way.
    pub removed: Vec<Variable>,
}

/// Why no environment could be built. Messages name variables and sources, never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InjectError {
    /// Two names of one source become one variable.
    #[error("`{first}` and `{second}` would both become {variable}")]
    Clash {
        /// The variable.
        variable: Variable,
        /// The name that came first.
        first: String,
        /// The name that came second.
        second: String,
    },
    /// A variable that programs obey, not named by the user.
    #[error("`{name}` would set {variable}, which can make a program {danger}")]
    Dangerous {
        /// The variable.
        variable: Variable,
        /// The name it comes from.
        name: String,
        /// What the program may do.
        danger: Danger,
    },
    /// A variable that never reaches a child.
    #[error("`{name}` would set {variable}, which is never passed to a command")]
    Withheld {
        /// The variable.
        variable: Variable,
        /// The name it comes from.
        name: String,
    },
    /// A value that cannot be in a variable.
    #[error("the value of `{name}` has a NUL byte and cannot be passed as {variable}")]
    Nul {
        /// The variable.
        variable: Variable,
        /// The name it comes from.
        name: String,
    },
    /// No directory for a file that must not reach a disk.
    #[error("no in-memory file system: neither the runtime directory nor `/dev/shm` is one")]
    NoMemory,
    /// The directory for such files cannot be created.
    #[error("cannot create a private directory in `{}`: {reason}", .path.display())]
    Directory {
        /// Where it would be.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A file that cannot be written.
    #[error("cannot write the file for {variable}: {reason}")]
    File {
        /// The variable that the file stands for.
        variable: Variable,
        /// What the system said.
        reason: String,
    },
    /// Required variables without a value.
    #[error("no value for {}, which is required", joined(.0))]
    Missing(
        /// The variables.
        Vec<Variable>,
    ),
}

/// A finished environment, sorted by name. Values are wiped on drop.
pub(crate) struct Environment(BTreeMap<OsString, Zeroizing<Vec<u8>>>);

impl Environment {
    /// Puts values on top of what is inherited. Each element of `sources` is what one argument of the user gave; a later
    /// source wins over an earlier one, but two names of one source may not become one variable.
    pub(crate) fn build(
        inherited: impl IntoIterator<Item = (OsString, OsString)>,
        sources: impl IntoIterator<Item = Vec<Injected>>,
        options: &Options,
    ) -> Result<Self, InjectError> {
        let injected = permitted(sources, &options.allowed)?;
        injected.values().try_for_each(fits)?;
        let missing: Vec<_> = options.required.iter().filter(|name| !injected.contains_key(name)).cloned().collect();
        if !missing.is_empty() {
            return Err(InjectError::Missing(missing));
        }
        let mut environment = Environment(inheritance(inherited, options.inheritance));
        environment.0.retain(|name, _| !options.removed.iter().any(|removed| OsStr::new(removed.as_str()) == name));
        for (variable, given) in injected {
            environment.set(&variable, &given.value, options.existing);
        }
        Ok(environment)
    }

    /// Sets variables that are not values of a vault, and removes others.
    #[must_use]
    pub(crate) fn with(mut self, variables: Vec<(OsString, OsString)>, removed: &[&str]) -> Self {
        self.0.retain(|name, _| !removed.iter().any(|removed| name == *removed));
        self.0.extend(variables.into_iter().map(|(name, value)| (name, Zeroizing::new(value.into_vec()))));
        self
    }

    /// The variables and their values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(name, value)| (name.as_os_str(), OsStr::from_bytes(value)))
    }

    fn set(&mut self, variable: &Variable, value: &SecretValue, existing: Existing) {
        let name = OsString::from(variable.as_str());
        if existing == Existing::Keep && self.0.contains_key(&name) {
            return;
        }
        self.0.insert(name, Zeroizing::new(value.reveal().to_vec()));
    }
}

/// What each variable finally gets, if the vault may set it. The only way to variables, whatever they are written to.
pub(crate) fn permitted(
    sources: impl IntoIterator<Item = Vec<Injected>>,
    allowed: &[Variable],
) -> Result<BTreeMap<Variable, Injected>, InjectError> {
    let all = merged(sources)?;
    all.values().try_for_each(|given| permit(given, allowed))?;
    Ok(all)
}

/// What each variable finally gets: a later source wins, and two names of one source may not become one variable.
pub(crate) fn merged(
    sources: impl IntoIterator<Item = Vec<Injected>>,
) -> Result<BTreeMap<Variable, Injected>, InjectError> {
    let mut all = BTreeMap::new();
    for source in sources {
        let mut of_source: BTreeMap<Variable, Injected> = BTreeMap::new();
        for given in source {
            if let Some(first) = of_source.get(&given.variable) {
                let (first, second) = (first.source.clone(), given.source);
                return Err(InjectError::Clash { variable: given.variable, first, second });
            }
            of_source.insert(given.variable.clone(), given);
        }
        all.extend(of_source);
    }
    Ok(all)
}

fn permit(given: &Injected, allowed: &[Variable]) -> Result<(), InjectError> {
    let (variable, name) = (given.variable.clone(), given.source.clone());
    if forbidden::is_withheld(variable.as_str().as_bytes()) {
        return Err(InjectError::Withheld { variable, name });
    }
    match variable.danger() {
        Some(danger) if !allowed.contains(&variable) => Err(InjectError::Dangerous { variable, name, danger }),
        _ => Ok(()),
    }
}

/// Whether the system can pass the value in a variable.
fn fits(given: &Injected) -> Result<(), InjectError> {
    if given.value.reveal().contains(&0) {
        return Err(InjectError::Nul { variable: given.variable.clone(), name: given.source.clone() });
    }
    Ok(())
}

fn inheritance(
    inherited: impl IntoIterator<Item = (OsString, OsString)>,
    inheritance: Inheritance,
) -> BTreeMap<OsString, Zeroizing<Vec<u8>>> {
    let stays = |name: &OsStr| match inheritance {
        Inheritance::Whole => !forbidden::is_withheld(name.as_bytes()),
        Inheritance::Pristine => is_minimal(name.as_bytes()),
    };
    let kept = inherited.into_iter().filter(|(name, _)| stays(name));
    kept.map(|(name, value)| (name, Zeroizing::new(value.into_vec()))).collect()
}

fn is_minimal(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 9] = [b"PATH", b"HOME", b"USER", b"LOGNAME", b"SHELL", b"TERM", b"TZ", b"TMPDIR", b"LANG"];
    NAMES.contains(&name) || name.starts_with(b"LC_")
}

fn joined(variables: &[Variable]) -> String {
    variables.iter().map(Variable::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(variable: &str, source: &str, value: &str) -> Injected {
        let value = SecretValue::from_text(value.into());
        Injected {
            variable: variable.parse().unwrap(),
            source: source.into(),
            value,
            provenance: Provenance::default(),
        }
    }

    fn inherited() -> Vec<(OsString, OsString)> {
        [("PATH", "/bin"), ("LC_ALL", "C"), ("EXTRA", "x"), ("DB", "old"), ("VLT_DIR", "d")]
            .into_iter()
            .chain([("VLT_IDENTITY", "i"), ("VLT_IDENTITY_FILE", "f"), ("VLT_PASSPHRASE", "p"), ("AGEDEBUG", "plugin")])
            .map(|(name, value)| (name.into(), value.into()))
            .collect()
    }

    fn built(sources: Vec<Vec<Injected>>, options: &Options) -> Result<Vec<String>, InjectError> {
        let environment = Environment::build(inherited(), sources, options)?;
        let line = |(name, value): (&OsStr, &OsStr)| format!("{}={}", name.display(), value.display());
        Ok(environment.iter().map(line).collect())
    }

    #[test]
    fn the_value_wins_and_identities_go() {
        let environment = built(vec![vec![given("DB", "/a/db", "new")]], &Options::default()).unwrap();
        assert_eq!(environment, ["DB=new", "EXTRA=x", "LC_ALL=C", "PATH=/bin", "VLT_DIR=d"]);
    }

    #[test]
    fn existing_variables_stay_when_asked() {
        let options = Options { existing: Existing::Keep, ..Options::default() };
        let environment = built(vec![vec![given("DB", "/a/db", "new"), given("NEW", "/a/n", "n")]], &options).unwrap();
        assert!(environment.contains(&"DB=old".to_owned()) && environment.contains(&"NEW=n".to_owned()));
    }

    #[test]
    fn pristine_keeps_the_minimum() {
        let options = Options { inheritance: Inheritance::Pristine, ..Options::default() };
        let environment = built(vec![vec![given("DB", "/a/db", "new")]], &options).unwrap();
        assert_eq!(environment, ["DB=new", "LC_ALL=C", "PATH=/bin"]);
    }

    #[test]
    fn a_later_source_wins_but_one_source_may_not_clash() {
        let one = || given("X", "/a/x", "1");
        let two = || given("X", "/b/x", "2");
        let environment = built(vec![vec![one()], vec![two()]], &Options::default()).unwrap();
        assert!(environment.contains(&"X=2".to_owned()));
        let error = built(vec![vec![one(), two()]], &Options::default()).unwrap_err();
        assert_eq!(error.to_string(), "`/a/x` and `/b/x` would both become X");
    }

    #[test]
    fn dangerous_names_need_the_users_word() {
        let source = || vec![vec![given("LD_PRELOAD", "/a/ld/preload", "x.so")]];
        let error = built(source(), &Options::default()).unwrap_err();
        assert!(matches!(error, InjectError::Dangerous { .. }) && !error.to_string().contains("x.so"));
        let options = Options { allowed: vec!["LD_PRELOAD".parse().unwrap()], ..Options::default() };
        assert!(built(source(), &options).unwrap().contains(&"LD_PRELOAD=x.so".to_owned()));
    }

    #[test]
    fn an_identity_cannot_be_allowed() {
        let options = Options { allowed: vec!["VLT_IDENTITY".parse().unwrap()], ..Options::default() };
        let error = built(vec![vec![given("VLT_IDENTITY", "/vlt/identity", "x")]], &options).unwrap_err();
        assert!(matches!(error, InjectError::Withheld { .. }));
    }

    #[test]
    fn what_is_required_must_come_from_the_vault() {
        let options = Options { required: vec!["EXTRA".parse().unwrap(), "DB".parse().unwrap()], ..Options::default() };
        let error = built(vec![vec![given("DB", "/a/db", "new")]], &options).unwrap_err();
        assert_eq!(error.to_string(), "no value for EXTRA, which is required");
    }

    #[test]
    fn a_nul_byte_is_refused_without_showing_the_value() {
        let error = built(vec![vec![given("DB", "/a/db", "top\0secret")]], &Options::default()).unwrap_err();
        assert!(matches!(error, InjectError::Nul { .. }) && !error.to_string().contains("secret"));
    }
}
