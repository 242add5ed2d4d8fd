//! How a rotation function written for AWS is called: options of the plan that are for its runner.

use std::collections::BTreeMap;

use crate::model::hook::{HookOptionError, option};

/// The option that names the interpreter, as an absolute path.
pub(crate) const PYTHON: &str = "python";
/// The option that names the handler.
pub(crate) const HANDLER: &str = "handler";

/// The handler of a function whose plan names none.
const USUAL: &str = "lambda_handler";

/// How a plan wants its function to be called.
pub(super) struct Function<'a> {
    /// The interpreter; `None`: the first python3 on the path of hooks.
    pub(super) python: Option<&'a str>,
    /// The name of the function in the file.
    pub(super) handler: &'a str,
    /// Its environment, as it is configured in AWS: options whose names are written in capitals.
    pub(super) variables: Vec<(&'a str, &'a str)>,
}

impl<'a> Function<'a> {
    pub(super) fn of(options: &'a BTreeMap<String, String>) -> Self {
        let option = |name| options.get(name).map(String::as_str);
        let handler = option(HANDLER).map_or(USUAL, |handler| handler.rsplit('.').next().unwrap_or(handler));
        let variables = options.iter().filter(|(name, _)| is_variable(name));
        Function {
            python: option(PYTHON).filter(|python| python.starts_with('/')),
            handler,
            variables: variables.map(|(name, value)| (name.as_str(), value.as_str())).collect(),
        }
    }
}

/// Reads a variable of a function, `NAME=VALUE`.
pub(crate) fn variable(text: &str) -> Result<(String, String), VariableError> {
    let (name, value) = option(text)?;
    if is_variable(&name) { Ok((name, value)) } else { Err(VariableError::Name(name)) }
}

/// A text that is no variable of a function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum VariableError {
    /// Not one line with a key.
    #[error(transparent)]
    Form(#[from] HookOptionError),
    /// A name that a function does not get.
    #[error(
        "`{0}` cannot be set: a variable of a function has capitals, digits and _, and none that vault, Python, the loader or an SDK reads"
    )]
    Name(
        /// The name.
        String,
    ),
}

/// Names of settings such as `EXCLUDE_CHARACTERS`, and none that Python, the loader or an SDK obeys.
fn is_variable(name: &str) -> bool {
    const OBEYED: [&str; 6] = ["AWS_", "LD_", "DYLD_", "PYTHON", "VLT_", "SECRETS_MANAGER_ENDPOINT"];
    let is_capital = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    is_capital
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name != "PATH"
        && !OBEYED.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_variables_and_nothing_that_others_obey() {
        assert_eq!(variable("EXCLUDE_CHARACTERS=/@=\"'"), Ok(("EXCLUDE_CHARACTERS".into(), "/@=\"'".into())));
        assert_eq!(variable("LD_PRELOAD=x"), Err(VariableError::Name("LD_PRELOAD".into())));
        assert_eq!(variable("PASSWORD_LENGTH"), Err(VariableError::Form(HookOptionError::Form)));
        let names =
            ["EXCLUDE_CHARACTERS", "LD_PRELOAD", "PYTHONPATH", "AWS_PROFILE", "PATH", "users", "python", "handler"];
        let mut options: BTreeMap<String, String> = names.map(|name| (name.to_owned(), "x".to_owned())).into();
        options.insert("handler".into(), "lambda_function.main".into());
        let function = Function::of(&options);
        assert_eq!((function.python, function.handler), (None, "main"), "a relative interpreter is none");
        assert_eq!(function.variables, [("EXCLUDE_CHARACTERS", "x")]);
    }
}
