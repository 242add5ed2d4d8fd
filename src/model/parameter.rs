//! A parameter: a named value with numbered, immutable versions, and labels that point at them (parameter-store §5, §7).

use std::collections::{BTreeMap, BTreeSet};

use super::data_type::DataType;
use super::head::Head;
use super::id::{DocId, Uid};
use super::label::Label;
use super::name::{KeyName, MemberName, ParameterName};
use super::policy::Policy;
use super::tier::Tier;
use super::time::Timestamp;

/// At most so many versions are kept; one more drops the oldest, unless that carries a label.
pub const VERSIONS_LIMIT: usize = 100;

/// A parameter, or what is left of a deleted one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Id of the document.
    pub id: DocId,
    /// The name, as it was spelled at creation.
    pub name: ParameterName,
    /// Revision, time and author of the document.
    pub head: Head,
    /// Tags: of the parameter, not of a version.
    pub tags: BTreeMap<String, String>,
    /// Ascending by number; empty exactly when the parameter was deleted (a tombstone).
    pub versions: Vec<Version>,
}

/// One immutable version. Only its labels change afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its number, from 1, never used twice in a parameter's life.
    pub number: u64,
    /// Its unique id.
    pub uid: Uid,
    /// When it was written.
    pub created: Timestamp,
    /// Who wrote it.
    pub by: MemberName,
    /// Everything that is set beside the value.
    pub settings: Settings,
    /// The value.
    pub content: Content,
    /// Re-encrypted out of a tainted key version without being changed.
    pub exposed: bool,
    /// The labels that point here.
    pub labels: BTreeSet<Label>,
}

/// What is set beside a value, version by version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// Standard or Advanced.
    pub tier: Tier,
    /// How the value is checked.
    pub data_type: DataType,
    /// 0–1024 characters, not encrypted.
    pub description: String,
    /// 0–1024 characters, a regular expression; empty for none.
    pub allowed_pattern: String,
    /// At most ten.
    pub policies: Vec<Policy>,
}

/// A value as documents hold it.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// `String` or `StringList`: authenticated, not encrypted.
    Plain {
        /// Whether commas separate items.
        list: bool,
        /// The value.
        text: String,
    },
    /// `SecureString`.
    Sealed {
        /// Name of the key.
        key: KeyName,
        /// Version of the key.
        key_version: u64,
        /// `xc1:…` or `age1:…`.
        text: String,
    },
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Content::Plain { .. } => "Plain(..)",
            Content::Sealed { .. } => "Sealed(..)",
        })
    }
}

/// The three types of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterType {
    /// Plain text.
    String,
    /// Plain text, items separated by commas.
    StringList,
    /// Encrypted text.
    SecureString,
}

impl ParameterType {
    /// The word that AWS and documents use.
    pub fn as_str(self) -> &'static str {
        match self {
            ParameterType::String => "String",
            ParameterType::StringList => "StringList",
            ParameterType::SecureString => "SecureString",
        }
    }
}

impl Content {
    /// The parameter type that a value of this form has.
    pub fn parameter_type(&self) -> ParameterType {
        match self {
            Content::Plain { list: false, .. } => ParameterType::String,
            Content::Plain { list: true, .. } => ParameterType::StringList,
            Content::Sealed { .. } => ParameterType::SecureString,
        }
    }
}

impl Parameter {
    /// Whether this is a tombstone.
    pub fn is_deleted(&self) -> bool {
        self.versions.is_empty()
    }

    /// The newest version; nothing for a tombstone.
    pub fn latest(&self) -> Option<&Version> {
        self.versions.last()
    }
}
