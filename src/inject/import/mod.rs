//! Values in files of other tools, as names and values. Messages name places, never content.

mod aws;
mod delimited;
mod format;
mod names;
mod properties;
mod sops;
mod tfvars;

pub use aws::describe::Descriptions;
pub use format::{Format, FormatError, recognise};
pub use sops::SopsError;

use std::collections::{BTreeMap, BTreeSet};

use zeroize::Zeroizing;

use super::dotenv::{self, DotenvError};
use crate::inject::foreign::tree::Tree;
use crate::model::parameter::PutRequest;
use crate::model::secret::{Stage, VersionId};
use crate::model::value::SecretValue;

/// What a file holds.
#[derive(Debug, Default)]
pub struct Source {
    /// In the order of the file.
    pub items: Vec<Item>,
    /// Whether names are whole, as AWS gives them, and not below a path that the user names.
    pub named: bool,
    /// What is missing in the file, for a person to know.
    pub warnings: Vec<Warning>,
}

/// One value of a file, or all versions of a parameter or secret.
#[derive(Debug)]
pub struct Item {
    /// Its name there: `DB_PASSWORD`, `db/password`, `/app/prod/db`.
    pub name: String,
    /// What it holds, or why it holds nothing.
    pub content: Result<Content, ItemError>,
}

/// What an item holds.
pub enum Content {
    /// A value alone.
    Value(SecretValue),
    /// The versions of a parameter, the oldest first, each with its settings.
    Parameter(Vec<(SecretValue, PutRequest)>),
    /// A secret.
    Secret(SecretContent),
}

/// A secret of a file.
#[derive(Default)]
pub struct SecretContent {
    /// What it is for.
    pub description: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The oldest first.
    pub versions: Vec<SecretVersion>,
}

/// A version of a secret.
pub struct SecretVersion {
    /// Its id, where the file gives one that a version can have.
    pub id: Option<VersionId>,
    /// Its value.
    pub value: SecretValue,
    /// Whether the value is binary.
    pub binary: bool,
    /// Its stages.
    pub stages: BTreeSet<Stage>,
}

/// The form, never a value.
impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Content::Value(_) => f.write_str("Value(..)"),
            Content::Parameter(versions) => write!(f, "Parameter({} versions)", versions.len()),
            Content::Secret(secret) => write!(f, "Secret({} versions)", secret.versions.len()),
        }
    }
}

/// A place in a file that holds no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// A list.
    #[error("a list is no value; put it as the JSON text that it is, with `vault param put`")]
    List,
    /// `null`.
    #[error("null is no value; `--skip-empty` leaves it out")]
    Null,
    /// An empty map.
    #[error("an empty map is no value; `--skip-empty` leaves it out")]
    EmptyMap,
    /// A YAML tag.
    #[error("a value with a YAML tag is not read")]
    Tagged,
    /// A YAML merge key.
    #[error("merge keys (`<<`) are not followed; write the values out")]
    Merge,
    /// A `SecureString` as AWS keeps it.
    #[error("the value is still encrypted by AWS; run `aws ssm …` again with `--with-decryption`")]
    StillEncrypted,
    /// A member of an AWS answer that is missing or of another form.
    #[error("its `{0}` is missing or is not what AWS prints")]
    Field(&'static str),
    /// A parameter without a value, as `describe-parameters` lists it.
    #[error("the file describes it and has no value of it")]
    NoValue,
    /// An entry of a store that could not be opened.
    #[error("{0}")]
    Unopened(String),
}

/// What is missing in a file although it is in order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// A page of an answer.
    #[error("the file is one page of several (it has a `NextToken`); let `aws` print all of them")]
    OnePage,
    /// Names that AWS did not find.
    #[error("AWS did not find {}", .0.join(", "))]
    Invalid(Vec<String>),
    /// Secrets that AWS did not give, with its reasons.
    #[error("AWS did not give {}", .0.join(", "))]
    Failed(Vec<String>),
}

/// What is wrong with a whole file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// A dotenv file.
    #[error(transparent)]
    Dotenv(#[from] DotenvError),
    /// A JSON file.
    #[error("line {line}: it is no JSON, or a key of an object occurs twice")]
    Json {
        /// The line, from 1.
        line: usize,
    },
    /// A YAML file.
    #[error("line {line}: it is no YAML of one document, or a key of a map occurs twice")]
    Yaml {
        /// The line, from 1; 0 where the parser does not know.
        line: usize,
    },
    /// Nested too deeply.
    #[error("line {line}: it is nested deeper than is read")]
    TooDeep {
        /// The line, from 1.
        line: usize,
    },
    /// More than is read.
    #[error("it has more in it than is read")]
    TooLarge,
    /// A list, or a single value.
    #[error("it holds no map of names and values")]
    NoMap,
    /// A line that says nothing in its format.
    #[error("line {line}: {fault}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        fault: &'static str,
    },
    /// JSON that is no answer of AWS with values in it.
    #[error("it is no output of `aws ssm` or `aws secretsmanager` that holds values")]
    NotAws,
    /// JSON that describes and holds no values.
    #[error("it describes parameters or secrets and holds none of their values")]
    DescriptionsOnly,
    /// A sops file.
    #[error(transparent)]
    Sops(#[from] SopsError),
}

impl From<crate::format::FormatError> for ImportError {
    fn from(error: crate::format::FormatError) -> Self {
        match error {
            crate::format::FormatError::TooDeep { line } => ImportError::TooDeep { line },
            crate::format::FormatError::Malformed { line } => ImportError::Yaml { line },
            _ => ImportError::TooLarge,
        }
    }
}

/// Opens the data key of a sops file, which age has wrapped in this armored text.
pub type OpenDataKey<'a> = dyn FnMut(&str) -> Option<Zeroizing<Vec<u8>>> + 'a;

/// Reads a file. `name` is the file's own name, for a format that names its one value after the file.
pub fn read(format: Format, name: &str, text: &str, open: &mut OpenDataKey<'_>) -> Result<Source, ImportError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Ok(match format {
        Format::Dotenv => flat(from_dotenv(text)?),
        Format::Json => flat(names::of(json(text)?)?),
        Format::Yaml => flat(names::of(Tree::from_yaml(text)?)?),
        Format::Properties => flat(properties::read(text)?),
        Format::Csv => flat(delimited::csv(text)?),
        Format::Tsv => flat(delimited::tsv(text)?),
        Format::Tfvars => flat(tfvars::read(text)?),
        Format::Aws => aws::read(text)?,
        Format::Sops => flat(sops::read(name, text, open)?),
    })
}

fn flat(items: Vec<Item>) -> Source {
    Source { items, ..Source::default() }
}

fn from_dotenv(text: &str) -> Result<Vec<Item>, ImportError> {
    let item = |mut line: dotenv::Line| item(line.variable.to_string(), std::mem::take(&mut line.value));
    Ok(dotenv::read(text)?.into_iter().map(item).collect())
}

fn json(text: &str) -> Result<Tree, ImportError> {
    Tree::from_json(text).map_err(of_json)
}

fn of_json(error: crate::format::FormatError) -> ImportError {
    match ImportError::from(error) {
        ImportError::Yaml { line } => ImportError::Json { line },
        other => other,
    }
}

/// An item with a value alone.
fn item(name: String, mut value: Zeroizing<String>) -> Item {
    Item { name, content: Ok(Content::Value(SecretValue::from_text(std::mem::take(&mut *value)))) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(super) fn shown(items: &[Item]) -> Vec<String> {
        let value = |item: &Item| match &item.content {
            Ok(Content::Value(value)) => value.reveal_text().unwrap().to_owned(),
            Ok(other) => format!("{other:?}"),
            Err(error) => format!("! {error:?}"),
        };
        items.iter().map(|item| format!("{}={}", item.name, value(item))).collect()
    }

    pub(super) fn read(format: Format, text: &str) -> Result<Vec<String>, ImportError> {
        super::read(format, "file", text, &mut |_| None).map(|source| shown(&source.items))
    }

    #[test]
    fn objects_become_levels() {
        let text = r#"{"db":{"password":"a\"b","port":5432},"on":true,"list":[1],"none":null,"map":{}}"#;
        let expected = ["db/password=a\"b", "db/port=5432", "on=true", "list=! List", "none=! Null", "map=! EmptyMap"];
        assert_eq!(read(Format::Json, text).unwrap(), expected);
        let yaml = "db: {password: 'a\"b', port: 5432}\non: true\nlist: [1]\nnone: ~\nmap: {}\n";
        assert_eq!(read(Format::Yaml, yaml).unwrap(), expected);
        let more = read(Format::Yaml, "base: &b {x: 1.10}\nuse: *b\nmerged:\n  <<: *b\nt: !Ref x\n").unwrap();
        assert_eq!(more, ["base/x=1.10", "use/x=1.10", "merged/<<=! Merge", "t=! Tagged"]);
    }

    #[test]
    fn what_is_no_map_is_an_error_with_its_line() {
        for text in ["[]", "\"x\""] {
            assert_eq!(read(Format::Json, text).unwrap_err(), ImportError::NoMap, "{text}");
        }
        for text in ["", "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1,\"b\":2}}", "{\"a\":1}{\"b\":2}"] {
            assert_eq!(read(Format::Json, text).unwrap_err(), ImportError::Json { line: 1 }, "{text}");
        }
        assert_eq!(read(Format::Yaml, "- a\n").unwrap_err(), ImportError::NoMap);
        assert!(matches!(read(Format::Yaml, "a: 1\n---\nb: 2\n").unwrap_err(), ImportError::Yaml { .. }));
    }

    #[test]
    fn dotenv_values_are_not_expanded() {
        assert_eq!(read(Format::Dotenv, "A=\"${B}\"\r\nB='x'\r\n").unwrap(), ["A=${B}", "B=x"]);
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic(text in "(export |[A-C]|=|['\"`\\\\#\n\r\t ${}:,\\[\\]&*!]|é|---|ENC|sops){0,24}") {
            for format in Format::ALL {
                let _ = super::read(format, "file", &text, &mut |_| None);
            }
            let _ = recognise("file", &text);
        }
    }
}
