//! What a file holds: names, with values or what stands in their place.

use std::collections::{BTreeMap, BTreeSet};

use zeroize::Zeroizing;

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

/// An item with a value alone.
pub(super) fn item(name: String, mut value: Zeroizing<String>) -> Item {
    Item { name, content: Ok(Content::Value(SecretValue::from_text(std::mem::take(&mut *value)))) }
}
