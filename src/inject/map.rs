//! Maps: files that define which variable gets which value.
//!
//! The four kinds are distinguished by their content: a map of our own (`VAR: reference`), a CodeBuild buildspec
//! (`env`), an ECS container or task definition (`secrets`), and a dotenv file whose values hold `{{resolve:…}}`. None
//! of them contains a value of the vault, but a dotenv file may contain others: messages name lines and variables,
//! never content.

use std::fmt;

use zeroize::Zeroizing;

use super::dotenv;
use super::variable::Variable;
use crate::format::FormatError;
use crate::inject::foreign::documents::second_document;
use crate::inject::foreign::tree::Tree;
use crate::model::reference::{Reference, ReferenceError};
use crate::model::template::Template;

/// One variable of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The variable.
    pub variable: Variable,
    /// What it gets.
    pub content: Content,
    /// The rule that made it so, for `explain`.
    pub rule: &'static str,
}

/// What a variable gets.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// The value that a reference names.
    Reference(Reference),
    /// A text with references in it, each already parsed successfully.
    Template(Zeroizing<String>),
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Content::Reference(reference) => reference.fmt(f),
            Content::Template(_) => f.write_str("Template(..)"),
        }
    }
}

/// What is wrong with a map.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// Too large, or nested too deeply.
    #[error("{0}")]
    Format(#[from] FormatError),
    /// Neither YAML nor JSON, from this line on; 0 where the parser does not know.
    #[error("{}it is neither YAML nor JSON, or a key occurs twice", if *.0 > 0 { format!("line {}: ", .0) } else { String::new() })]
    Malformed(usize),
    /// YAML of several documents; the line of the second one.
    #[error("line {0}: a second document begins; a map is a single one")]
    Documents(usize),
    /// Not a dotenv file.
    #[error(transparent)]
    Dotenv(#[from] dotenv::DotenvError),
    /// It does not define any variable.
    #[error("it is not a map of variables, a buildspec with `env`, or a container definition with `secrets`")]
    Shape,
    /// An invalid variable name.
    #[error("{0:?} cannot name a variable")]
    Variable(String),
    /// A value that is not a string.
    #[error("{0}: a reference must be a string")]
    NotText(Variable),
    /// A text that is not a reference.
    #[error("{variable}: {error}")]
    Reference {
        /// The variable.
        variable: Variable,
        /// What is wrong.
        error: ReferenceError,
    },
    /// One variable with two references.
    #[error("{0} is given twice, with different references")]
    Twice(Variable),
    /// The same in two of several containers.
    #[error("{variable} has different references in the containers {}", .names.join(", "))]
    Containers {
        /// The variable.
        variable: Variable,
        /// The containers of the file.
        names: Vec<String>,
    },
    /// No container of that name.
    #[error("{}", no_container(.wanted, .names))]
    Container {
        /// The name.
        wanted: String,
        /// The containers of the file.
        names: Vec<String>,
    },
}

fn no_container(wanted: &str, names: &[String]) -> String {
    match names {
        [] => format!("it has no containers with names, so there is no {wanted:?}"),
        names => format!("it has no container {wanted:?}; its containers are {}", names.join(", ")),
    }
}

/// Reads a map. `name` is the file's name, which identifies a dotenv file. All errors are reported at once, in order.
pub fn read(name: &str, text: &str) -> Result<Vec<Entry>, Vec<MapError>> {
    read_for(None, name, text)
}

/// The same for one container of a task definition.
pub(crate) fn read_for(container: Option<&str>, name: &str, text: &str) -> Result<Vec<Entry>, Vec<MapError>> {
    let mut reader = Reader { container: container.map(str::to_owned), ..Reader::default() };
    if let Err(error) = reader.whole(name, text) {
        reader.flaws.push(error);
    }
    let Reader { entries, flaws, .. } = reader;
    if flaws.is_empty() { Ok(entries) } else { Err(flaws) }
}

/// Reads one entry as written in a map or, as `NAME=reference`, on the command line.
pub(crate) fn entry(variable: Variable, text: &str, rule: &'static str) -> Result<Entry, Vec<MapError>> {
    let mut reader = Reader::default();
    reader.text(variable, text, rule);
    reader.entries.pop().ok_or(reader.flaws)
}

/// Whether a file of that name is a dotenv file: `.env`, `.env.prod`, `prod.env`.
fn is_dotenv(name: &str) -> bool {
    let leaf = name.rsplit('/').next().unwrap_or(name);
    let ends = |end: &str| std::path::Path::new(leaf).extension().is_some_and(|found| found.eq_ignore_ascii_case(end));
    leaf == ".env" || ends("env") || leaf.starts_with(".env.")
}

/// The container definitions of a file: of a task, a bare list of them, or one alone.
fn containers(whole: &Tree) -> Option<Vec<&Tree>> {
    let task = whole.member("taskDefinition").unwrap_or(whole);
    if let Some(list) = task.member("containerDefinitions").and_then(Tree::list).or(whole.list()) {
        return Some(list.iter().collect());
    }
    has_secrets(whole).then(|| vec![whole])
}

fn has_secrets(container: &Tree) -> bool {
    container.member("secrets").is_some_and(|secrets| secrets.list().is_some())
}

fn names_of(containers: &[&Tree]) -> Vec<String> {
    let names = containers.iter().filter(|container| has_secrets(container)).filter_map(|one| container_name(one));
    names.map(|name| format!("{name:?}")).collect()
}

fn container_name(container: &Tree) -> Option<&str> {
    container.member("name").and_then(Tree::text)
}

/// Collects the entries of a map. An error in one of them does not stop the others from being read.
#[derive(Default)]
struct Reader {
    entries: Vec<Entry>,
    flaws: Vec<MapError>,
    /// The only container that is read.
    container: Option<String>,
    /// The containers of the file, if it defines any.
    containers: Vec<String>,
}

impl Reader {
    /// Adds a whole file; an error concerns all of it.
    fn whole(&mut self, name: &str, text: &str) -> Result<(), MapError> {
        if is_dotenv(name) {
            for line in dotenv::read(text)? {
                self.template(line.variable, &line.value, "dotenv");
            }
            return Ok(());
        }
        if text.trim().is_empty() {
            return Err(MapError::Shape);
        }
        let whole = Tree::from_map(text).map_err(|error| match error {
            FormatError::Malformed { line } => {
                second_document(text).map_or(MapError::Malformed(line), MapError::Documents)
            }
            other => other.into(),
        })?;
        let containers = containers(&whole).unwrap_or_default();
        if let Some(wanted) = &self.container
            && !containers.iter().any(|one| container_name(one) == Some(wanted) && has_secrets(one))
        {
            let names = names_of(&containers);
            return Err(MapError::Container { wanted: wanted.clone(), names });
        }
        if let Some(env) = whole.member("env").filter(|env| env.map().is_some()) {
            self.buildspec(env);
        } else if !containers.is_empty() {
            self.containers = names_of(&containers);
            let wanted = self.container.clone();
            let is_wanted = |container: &&Tree| wanted.is_none() || container_name(container) == wanted.as_deref();
            containers.into_iter().filter(is_wanted).for_each(|container| self.definition(container));
        } else {
            self.own(&whole)?;
        }
        if self.entries.is_empty() && self.flaws.is_empty() { Err(MapError::Shape) } else { Ok(()) }
    }

    fn buildspec(&mut self, env: &Tree) {
        type Read = fn(&str) -> Result<Reference, ReferenceError>;
        let blocks: [(&str, Read, &'static str); 2] = [
            ("parameter-store", Reference::parameter, "buildspec env.parameter-store"),
            ("secrets-manager", Reference::secret, "buildspec env.secrets-manager"),
        ];
        for (block, read, rule) in blocks {
            for (name, tree) in env.member(block).and_then(Tree::map).unwrap_or_default() {
                if let Some((variable, text)) = self.pair(name, tree.text()) {
                    self.bare(variable, read(text), rule);
                }
            }
        }
    }

    fn definition(&mut self, container: &Tree) {
        for secret in container.member("secrets").and_then(Tree::list).unwrap_or_default() {
            let Some(name) = secret.member("name").and_then(Tree::text) else {
                self.flaws.push(MapError::Shape);
                continue;
            };
            let Some((variable, from)) = self.pair(name, secret.member("valueFrom").and_then(Tree::text)) else {
                continue;
            };
            // A bare name is a parameter's; secrets come as ARNs, or here marked as such.
            let reference = match from.strip_prefix("secret:") {
                Some(secret) => Reference::secret(secret),
                None if Reference::is_secret_arn(from) => Reference::secret(from),
                None => Reference::parameter(from),
            };
            self.bare(variable, reference, "container definition secrets");
        }
    }

    fn own(&mut self, whole: &Tree) -> Result<(), MapError> {
        for (name, tree) in whole.map().ok_or(MapError::Shape)? {
            if let Some((variable, text)) = self.pair(name, tree.text()) {
                self.text(variable, text, "map");
            }
        }
        Ok(())
    }

    /// A name and a text, if they are a variable and a text.
    fn pair<'t>(&mut self, name: &str, text: Option<&'t str>) -> Option<(Variable, &'t str)> {
        let Ok(variable) = name.parse::<Variable>() else {
            self.flaws.push(MapError::Variable(name.chars().take(80).collect()));
            return None;
        };
        if text.is_none() {
            self.flaws.push(MapError::NotText(variable.clone()));
        }
        Some((variable, text?))
    }

    fn text(&mut self, variable: Variable, text: &str, rule: &'static str) {
        if text.contains("{{resolve:") {
            self.template(variable, text, rule);
        } else {
            self.bare(variable, text.parse(), rule);
        }
    }

    fn bare(&mut self, variable: Variable, read: Result<Reference, ReferenceError>, rule: &'static str) {
        match read {
            Ok(reference) => self.add(Entry { variable, content: Content::Reference(reference), rule }),
            Err(error) => self.flaws.push(MapError::Reference { variable, error }),
        }
    }

    fn template(&mut self, variable: Variable, text: &str, rule: &'static str) {
        match Template::parse(text) {
            Ok(_) => {
                let content = Content::Template(Zeroizing::new(text.to_owned()));
                self.add(Entry { variable, content, rule });
            }
            Err(flaws) => self.flaws.extend(
                flaws.into_iter().map(|flaw| MapError::Reference { variable: variable.clone(), error: flaw.error }),
            ),
        }
    }

    /// Two containers may use the same variable and reference; any other duplicate is an error.
    fn add(&mut self, entry: Entry) {
        match self.entries.iter().find(|other| other.variable == entry.variable) {
            None => self.entries.push(entry),
            Some(other) if other.content == entry.content => {}
            Some(_) if self.containers.len() > 1 && self.container.is_none() => {
                self.flaws.push(MapError::Containers { variable: entry.variable, names: self.containers.clone() });
            }
            Some(_) => self.flaws.push(MapError::Twice(entry.variable)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(name: &str, text: &str) -> Vec<String> {
        let entries = read(name, text).unwrap();
        let content = |content: &Content| match content {
            Content::Reference(reference) => reference.to_string(),
            Content::Template(text) => format!("{:?}", text.as_str()),
        };
        entries.iter().map(|entry| format!("{}={}", entry.variable, content(&entry.content))).collect()
    }

    #[test]
    fn a_map_of_our_own_names_variables() {
        let text = "A: /app/x:live\nB: db:password\nC: 'pg://{{resolve:ssm:/u}}@h'\n";
        assert_eq!(
            shown("m.yaml", text),
            ["A=ssm:/app/x:live", "B=secretsmanager:db:SecretString:password", "C=\"pg://{{resolve:ssm:/u}}@h\""]
        );
        assert_eq!(shown("m.json", r#"{"A":"/x"}"#), ["A=ssm:/x"]);
    }

    #[test]
    fn a_buildspec_gives_its_env() {
        let text = "version: 0.2\nenv:\n  variables: {P: v}\n  parameter-store:\n    A: /a\n    R: rootless\n  \
            secrets-manager:\n    B: db:k:AWSPREVIOUS\n    C: db:k::01234567\nphases:\n  build:\n    commands: [make]\n";
        assert_eq!(
            shown("buildspec.yml", text),
            [
                "A=ssm:/a",
                "R=ssm:rootless",
                "B=secretsmanager:db:SecretString:k:AWSPREVIOUS",
                "C=secretsmanager:db:SecretString:k::01234567"
            ]
        );
    }

    #[test]
    fn container_definitions_give_their_secrets() {
        let secrets = r#"[{"name":"A","valueFrom":"arn:aws:secretsmanager:r:1:secret:db-AbCdEf:k::"},
            {"name":"B","valueFrom":"arn:aws:ssm:r:1:parameter/b"},{"name":"C","valueFrom":"c"}]"#;
        let expected = ["A=secretsmanager:db-AbCdEf:SecretString:k", "B=ssm:/b", "C=ssm:c"];
        let one = format!(r#"{{"name":"web","secrets":{secrets}}}"#);
        for text in [&one, &format!("[{one}]"), &format!(r#"{{"family":"x","containerDefinitions":[{one},{one}]}}"#)] {
            assert_eq!(shown("task.json", text), expected, "{text}");
        }
    }

    #[test]
    fn one_of_several_containers_is_read_by_its_name() {
        let text = r#"{"containerDefinitions":[{"name":"web","secrets":[{"name":"A","valueFrom":"/a"}]},
            {"name":"job","secrets":[{"name":"A","valueFrom":"/b"}]},{"name":"log"}]}"#;
        let entries = read_for(Some("job"), "task.json", text).unwrap();
        assert!(
            matches!(&entries[..], [Entry { content: Content::Reference(one), .. }] if one.to_string() == "ssm:/b")
        );
        let error = |container| read_for(container, "task.json", text).unwrap_err()[0].to_string();
        assert_eq!(error(None), r#"A has different references in the containers "web", "job""#);
        assert_eq!(error(Some("jobs")), r#"it has no container "jobs"; its containers are "web", "job""#);
        let missing = read_for(Some("web"), "m.yaml", "A: /x\n").unwrap_err()[0].to_string();
        assert!(missing.contains("no containers"), "{missing}");
    }

    #[test]
    fn what_is_wrong_names_the_variable() {
        let error = |text: &str| read("m.yaml", text).unwrap_err()[0].to_string();
        assert!(error("A: 5\n").starts_with("A: a reference must be a string"));
        assert!(error("A: /x:0\n").starts_with("A: version numbers"));
        assert!(error("bad-name: /x\n").contains("cannot name a variable"));
        assert!(error("[]\n").contains("not a map of variables"));
        assert!(error("A: /x\n---\nB: /y\n").starts_with("line 2: a second document begins"));
        assert!(error("env: {variables: {A: b}}\n").contains("not a map of variables"));
        let two = r#"[{"secrets":[{"name":"A","valueFrom":"a"}]},{"secrets":[{"name":"A","valueFrom":"b"}]}]"#;
        assert_eq!(read("m.json", two), Err(vec![MapError::Twice("A".parse().unwrap())]));
    }

    #[test]
    fn everything_that_is_wrong_is_told_in_its_order() {
        let flaws = |name: &str, text: &str| -> Vec<String> {
            let flaws = read(name, text).unwrap_err();
            flaws.iter().map(|flaw| flaw.to_string().split([':', ' ']).next().unwrap().to_owned()).collect()
        };
        let bad = "A: /x:0\nbad-name: /x\nB: /good\nC: 5\nD: '{{resolve:x}} {{resolve:ssm:/a}} {{resolve:y}}'\n";
        assert_eq!(flaws("m.yaml", bad), ["A", "\"bad-name\"", "C", "D", "D"]);
        assert_eq!(flaws(".env", "A={{resolve:x}}\nB=plain\nC={{resolve:y}}\n"), ["A", "C"]);
        let buildspec = "env:\n  parameter-store: {A: /x:0, B: /b}\n  secrets-manager: {C: ':k'}\n";
        assert_eq!(flaws("buildspec.yml", buildspec), ["A", "C"]);
        let task = r#"[{"secrets":[{"name":"A","valueFrom":5},{"valueFrom":"x"},{"name":"B","valueFrom":"/b:0"}]}]"#;
        assert_eq!(flaws("task.json", task), ["A", "it", "B"]);
    }

    proptest! {
        #[test]
        fn no_map_is_a_panic(text in "(env|secrets|containerDefinitions|A|[-:{}\\[\\]\"', \n&*!|>]|/x|\\{\\{resolve:){0,30}") {
            let _ = read("x.yaml", &text);
            let _ = read(".env", &text);
        }
    }
}
