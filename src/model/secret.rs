//! A secret: a named value whose versions carry staging labels (secrets-manager §3).
//!
//! Only what the format needs to read and verify secret documents; the verbs come with their own commands.

use std::collections::{BTreeMap, BTreeSet};

use super::head::Head;
use super::id::{DocId, Uid};
use super::name::{KeyName, MemberName, SecretName};
use super::time::Timestamp;

/// A secret, or what is left of a deleted one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Id of the document.
    pub id: DocId,
    /// The name.
    pub name: SecretName,
    /// Revision, time and author of the document.
    pub head: Head,
    /// Description, not encrypted.
    pub description: String,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// When a soft-deleted secret may be purged.
    pub delete_after: Option<Timestamp>,
    /// In the order of the document; empty exactly for a tombstone.
    pub versions: Vec<SecretVersion>,
}

/// One version of a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretVersion {
    /// Its unique id.
    pub uid: Uid,
    /// When it was written.
    pub created: Timestamp,
    /// Who wrote it.
    pub by: MemberName,
    /// Whether the value is binary.
    pub binary: bool,
    /// Name of the key.
    pub key: KeyName,
    /// Version of the key.
    pub key_version: u64,
    /// Re-encrypted out of a tainted key version without being changed.
    pub exposed: bool,
    /// Staging labels.
    pub stages: BTreeSet<String>,
    /// `xc1:…` or `age1:…`.
    pub value: String,
}

impl std::fmt::Debug for SecretVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretVersion").field("uid", &self.uid).finish_non_exhaustive()
    }
}
