//! How each value reaches a program: in a variable, in a file whose path is in a variable, or on its standard input.

use std::ffi::OsString;

use super::environment::{Environment, InjectError, Injected, Options, merged};
use super::variable::Variable;
use crate::machine::private_directory::PrivateDirectory;
use crate::model::value::SecretValue;

/// Which values do not go into variables.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ways {
    /// `--file`: `NAME_FILE` is the path of a file, and there is no `NAME`.
    pub files: Vec<Variable>,
    /// `--stdin`: the program reads it from its standard input.
    pub input: Option<Variable>,
}

/// Values, sorted by how they are delivered.
pub(crate) struct Delivery {
    variables: Vec<Injected>,
    files: Vec<Injected>,
    input: Option<Injected>,
}

impl Delivery {
    /// Adds what the user's arguments produced, in order; a later source wins.
    pub(crate) fn sort(sources: Vec<Vec<Injected>>, ways: &Ways) -> Result<Delivery, InjectError> {
        let mut all = merged(sources)?;
        let mut missing = Vec::new();
        let mut take = |name: &Variable| {
            let given = all.remove(name);
            missing.extend(given.is_none().then(|| name.clone()));
            given
        };
        let files = ways.files.iter().filter_map(&mut take).collect();
        let input = ways.input.as_ref().and_then(&mut take);
        if missing.is_empty() {
            Ok(Delivery { variables: all.into_values().collect(), files, input })
        } else {
            Err(InjectError::Missing(missing))
        }
    }

    /// All values, no matter how they are delivered.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Injected> {
        self.variables.iter().chain(&self.files).chain(&self.input)
    }

    /// Writes the files into their directory, and builds the environment and, if there is one, the input.
    pub(crate) fn deliver(
        mut self,
        inherited: impl IntoIterator<Item = (OsString, OsString)>,
        directory: Option<&PrivateDirectory>,
        options: &Options,
    ) -> Result<(Environment, Option<SecretValue>), InjectError> {
        let mut options = options.clone();
        for given in self.files.iter().chain(&self.input) {
            options.required.retain(|required| *required != given.variable);
            options.removed.push(given.variable.clone());
        }
        for given in self.files {
            let directory = directory.ok_or(InjectError::NoMemory)?;
            self.variables.push(file(given, directory)?);
        }
        let environment = Environment::build(inherited, [self.variables], &options)?;
        Ok((environment, self.input.map(|given| given.value)))
    }
}

/// Writes the file, and returns the variable that has its path.
fn file(given: Injected, directory: &PrivateDirectory) -> Result<Injected, InjectError> {
    let name = given.variable.as_str();
    let failed = |reason: String| InjectError::File { variable: given.variable.clone(), reason };
    directory.put(name, given.value.reveal()).map_err(|cause| failed(cause.to_string()))?;
    let path = directory.file(name).into_os_string().into_string();
    let path = path.map_err(|_| failed("the runtime directory has a name that is not UTF-8".into()))?;
    let variable = format!("{name}_FILE").parse().map_err(|error| failed(format!("{error}")))?;
    Ok(Injected { variable, value: SecretValue::from_text(path), ..given })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inject::environment::Provenance;

    fn given(variable: &str, value: &str) -> Injected {
        Injected {
            variable: variable.parse().unwrap(),
            source: format!("/{variable}"),
            value: SecretValue::from_text(value.into()),
            provenance: Provenance::default(),
        }
    }

    fn ways(files: &[&str], input: Option<&str>) -> Ways {
        Ways {
            files: files.iter().map(|name| name.parse().unwrap()).collect(),
            input: input.map(|name| name.parse().unwrap()),
        }
    }

    fn inherited() -> [(OsString, OsString); 2] {
        [("CERT".into(), "inherited".into()), ("HOME".into(), "/h".into())]
    }

    #[test]
    fn a_file_and_an_input_take_the_place_of_their_variables() {
        let parent = tempfile::tempdir().unwrap();
        let directory = PrivateDirectory::create(parent.path(), "test").unwrap();
        let sources = vec![vec![given("CERT", "a\0b"), given("KEY", "k\0"), given("DB", "d")]];
        let delivery = Delivery::sort(sources, &ways(&["CERT"], Some("KEY"))).unwrap();
        assert_eq!(delivery.all().count(), 3);
        let required = vec!["CERT".parse().unwrap(), "KEY".parse().unwrap(), "DB".parse().unwrap()];
        let options = Options { required, ..Options::default() };
        let (environment, input) = delivery.deliver(inherited(), Some(&directory), &options).unwrap();
        let names: Vec<_> = environment.iter().map(|(name, _)| name.to_str().unwrap()).collect();
        assert_eq!(names, ["CERT_FILE", "DB", "HOME"]);
        let (_, path) = environment.iter().next().unwrap();
        assert_eq!(std::fs::read(path).unwrap(), b"a\0b");
        assert_eq!(input.unwrap().reveal(), b"k\0");
    }

    #[test]
    fn what_no_source_gives_and_what_has_no_place_is_an_error() {
        let sort = |ways: &Ways| Delivery::sort(vec![vec![given("CERT", "c"), given("CERT_FILE", "f")]], ways);
        let missing = sort(&ways(&["NO"], Some("NONE"))).map(drop).unwrap_err();
        assert_eq!(missing.to_string(), "no value for NO, NONE, which is required");
        let deliver = |directory| {
            let delivery = sort(&ways(&["CERT"], None)).unwrap();
            delivery.deliver(inherited(), directory, &Options::default()).map(drop).unwrap_err()
        };
        assert!(matches!(deliver(None), InjectError::NoMemory));
        let parent = tempfile::tempdir().unwrap();
        let directory = PrivateDirectory::create(parent.path(), "test").unwrap();
        assert!(matches!(deliver(Some(&directory)), InjectError::Clash { .. }));
    }
}
