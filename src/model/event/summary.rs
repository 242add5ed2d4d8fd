//! What of a document decides whether a change of it is an event.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// What is summarised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Summarised {
    /// A parameter.
    Parameter,
    /// A secret.
    Secret,
    /// The members of the vault.
    Team,
}

/// A state of a document, without its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// What it is of.
    pub of: Summarised,
    /// Its name.
    pub name: String,
    /// The id of the document.
    pub id: String,
    /// Its revision.
    pub rev: u64,
    /// When it was written.
    pub at: String,
    /// Who wrote it.
    pub by: String,
    /// Whether it is a tombstone.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deleted: bool,
    /// The type of a parameter's newest version.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub form: String,
    /// Its description, which is in events and decides none of them.
    #[serde(skip)]
    pub description: String,
    /// The number of a parameter's newest version; the ids of all of a secret's that have values.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub versions: BTreeSet<String>,
    /// The version of each label or stage.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// A digest of its tags.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tags: String,
    /// A digest of a secret's description, policy and plan of rotation.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub settings: String,
    /// Its unfinished rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
    /// When it was last rotated.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rotated: String,
    /// When it will be purged.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub due: String,
    /// The text of each policy that has fired, by what says so in the document.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fired: BTreeMap<String, String>,
    /// The role of each member.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub members: BTreeMap<String, String>,
}

/// An unfinished rotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The id of the version that it makes.
    pub token: String,
    /// Which attempt this is.
    pub attempt: u64,
    /// Why the last attempt failed, in the words that the document has.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl Summary {
    /// A state that has nothing but its head.
    pub(crate) fn bare(of: Summarised, name: &str, id: String, rev: u64, at: String, by: &str) -> Self {
        Summary {
            of,
            name: name.to_owned(),
            id,
            rev,
            at,
            by: by.to_owned(),
            deleted: false,
            form: String::new(),
            description: String::new(),
            versions: BTreeSet::new(),
            labels: BTreeMap::new(),
            tags: String::new(),
            settings: String::new(),
            run: None,
            rotated: String::new(),
            due: String::new(),
            fired: BTreeMap::new(),
            members: BTreeMap::new(),
        }
    }

    /// Whether the document of this state is one of its own: it was created after that of the other.
    pub(crate) fn is_new_after(&self, before: Option<&Summary>) -> bool {
        before.is_none_or(|before| before.deleted || before.id != self.id)
    }
}
