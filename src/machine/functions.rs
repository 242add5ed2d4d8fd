//! Functions: hooks of this machine that `RotateSecret` may name by the last part of an ARN. A file of lines in JSON.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::state::State;
use super::state_file::{self, StateError};
use crate::model::hook::HookName;
use crate::model::name::SecretName;

/// What the user of this machine allows whoever may rotate a secret through the server: this hook, with nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Function {
    /// What it is called in ARNs.
    pub name: String,
    /// What does the steps.
    pub hook: HookName,
    /// The secret that it gets besides the one that is rotated.
    pub admin: Option<SecretName>,
    /// Its options.
    pub options: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    name: String,
    hook: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    admin: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    options: BTreeMap<String, String>,
}

impl Function {
    /// All that are registered for a vault, by name.
    pub(crate) fn all(state: &State) -> Result<Vec<Function>, StateError> {
        state_file::read_lines(&path(state), Line::read)
    }

    /// The one of a name.
    pub(crate) fn find(state: &State, name: &str) -> Result<Option<Function>, StateError> {
        Ok(Function::all(state)?.into_iter().find(|function| function.name == name))
    }

    /// Registers it, in the place of another one of its name.
    pub(crate) fn register(self, state: &State) -> Result<(), StateError> {
        Function::change(state, |functions| {
            functions.retain(|function| function.name != self.name);
            functions.push(self);
        })
    }

    /// Removes one; false if there was none.
    pub(crate) fn remove(state: &State, name: &str) -> Result<bool, StateError> {
        Function::change(state, |functions| {
            let before = functions.len();
            functions.retain(|function| function.name != name);
            functions.len() < before
        })
    }

    fn change<T>(state: &State, work: impl FnOnce(&mut Vec<Function>) -> T) -> Result<T, StateError> {
        let _lock = state_file::lock(&state.dir())?;
        let mut functions = Function::all(state)?;
        let done = work(&mut functions);
        functions.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        state_file::write_lines(&path(state), functions.iter().map(Line::text))?;
        Ok(done)
    }
}

impl Line {
    fn read(line: &str) -> Option<Function> {
        let Line { name, hook, admin, options } = serde_json::from_str(line).ok()?;
        let admin = admin.map(|admin| admin.parse()).transpose().ok()?;
        Some(Function { name, hook: hook.parse().ok()?, admin, options })
    }

    fn text(function: &Function) -> String {
        let line = Line {
            name: function.name.clone(),
            hook: function.hook.to_string(),
            admin: function.admin.as_ref().map(ToString::to_string),
            options: function.options.clone(),
        };
        serde_json::to_string(&line).unwrap_or_default()
    }
}

fn path(state: &State) -> PathBuf {
    state.dir().join("hooks").join("functions")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::VaultId;

    #[test]
    fn a_function_is_registered_once_under_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::new(&dir.path().join("state"), VaultId([7; 32]), dir.path());
        let function = |name: &str, admin: Option<&str>| Function {
            name: name.to_owned(),
            hook: format!("lambda:{name}.py").parse().unwrap(),
            admin: admin.map(|admin| admin.parse().unwrap()),
            options: [("PASSWORD_LENGTH".to_owned(), "40".to_owned())].into(),
        };
        assert_eq!(Function::all(&state).unwrap(), []);
        for one in [function("b", None), function("a", None), function("a", Some("prod/root"))] {
            one.register(&state).unwrap();
        }
        assert_eq!(Function::all(&state).unwrap(), [function("a", Some("prod/root")), function("b", None)]);
        assert!(Function::remove(&state, "b").unwrap() && !Function::remove(&state, "b").unwrap());
        std::fs::write(path(&state), "junk\n").unwrap();
        assert!(matches!(Function::find(&state, "a"), Err(StateError::Damaged { .. })));
    }
}
