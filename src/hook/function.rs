//! How a rotation function written for AWS is called: options of the plan that are for its runner.

use std::collections::BTreeMap;

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
        let names =
            ["EXCLUDE_CHARACTERS", "LD_PRELOAD", "PYTHONPATH", "AWS_PROFILE", "PATH", "users", "python", "handler"];
        let mut options: BTreeMap<String, String> = names.map(|name| (name.to_owned(), "x".to_owned())).into();
        options.insert("handler".into(), "lambda_function.main".into());
        let function = Function::of(&options);
        assert_eq!((function.python, function.handler), (None, "main"), "a relative interpreter is none");
        assert_eq!(function.variables, [("EXCLUDE_CHARACTERS", "x")]);
    }
}
