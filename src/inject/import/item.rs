//! What a file contains: names, with values or the reason why there is none.

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
    /// Whether names are complete, as AWS states them, and not relative to a path given by the user.
    pub named: bool,
    /// What is missing in the file, to report to the user.
    pub warnings: Vec<Warning>,
    /// Whether the file or store has more than these items.
    pub has_more: bool,
}

/// One value of a file, or all versions of a parameter or secret.
#[derive(Debug)]
pub struct Item {
    /// Its name there: `DB_PASSWORD`, `db/password`, `/app/prod/db`.
    pub name: String,
    /// Its content, or why it has none.
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
    /// Its id, if the file has one that is valid for a version.
    pub id: Option<VersionId>,
    /// Its value.
    pub value: SecretValue,
    /// Whether the value is binary.
    pub binary: bool,
    /// Its stages.
    pub stages: BTreeSet<Stage>,
}

/// The type, never a value.
impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Content::Value(_) => f.write_str("Value(..)"),
            Content::Parameter(versions) => write!(f, "Parameter({} versions)", versions.len()),
            Content::Secret(secret) => write!(f, "Secret({} versions)", secret.versions.len()),
        }
    }
}

/// An entry of a file without a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// A list.
    #[error("a list is not a value; store it as JSON text with `vault param put`")]
    List,
    /// `null`.
    #[error("null is not a value; `--skip-empty` skips it")]
    Null,
    /// An empty map.
    #[error("an empty map is not a value; `--skip-empty` skips it")]
    EmptyMap,
    /// A YAML tag.
    #[error("a value with a YAML tag is not supported")]
    Tagged,
    /// A YAML merge key.
    #[error("merge keys (`<<`) are not supported; write the values out")]
    Merge,
    /// A `SecureString` still encrypted by AWS.
    #[error("the value is still encrypted by AWS; run `aws ssm …` again with `--with-decryption`")]
    StillEncrypted,
    /// A member of an AWS answer that is missing or has the wrong type.
    #[error("its `{0}` is missing or is not what AWS prints")]
    Field(&'static str),
    /// A parameter without a value, as `describe-parameters` lists it.
    #[error("the file describes it but has no value for it")]
    NoValue,
    /// An entry of a store that could not be opened.
    #[error("{0}")]
    Unopened(String),
}

/// What is missing in a file that is otherwise fine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// A page of an answer.
    #[error("the file is one page of several (it has a `NextToken`); let `aws` print all of them")]
    OnePage,
    /// Names that AWS did not find.
    #[error("AWS did not find {}", .0.join(", "))]
    Invalid(Vec<String>),
    /// Secrets that AWS did not return, with its reasons.
    #[error("AWS did not return {}", .0.join(", "))]
    Failed(Vec<String>),
}

/// An item with a value alone.
pub(super) fn item(name: String, mut value: Zeroizing<String>) -> Item {
    Item { name, content: Ok(Content::Value(SecretValue::from_text(std::mem::take(&mut *value)))) }
}
