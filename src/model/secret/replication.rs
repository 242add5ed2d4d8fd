//! Copies of a secret in other vaults (FORMAT.md, parameters and secrets of version 2).

use crate::model::id::{DocId, VaultId};
use crate::model::name::{KeyName, SecretName};
use crate::model::time::Timestamp;

/// Where a copy of a secret is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replica {
    /// The vault that has it.
    pub vault: VaultId,
    /// A region, or empty.
    pub region: String,
    /// A key of that vault.
    pub key: KeyName,
    /// Its name there.
    pub name: SecretName,
}

/// Which secret this one is a copy of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The vault of the primary.
    pub vault: VaultId,
    /// The id of its document.
    pub id: DocId,
    /// Its name.
    pub name: SecretName,
    /// The revision of the primary that this is a copy of.
    pub rev: u64,
    /// The region of the primary, or empty.
    pub region: String,
    /// When the copy was made a secret like any other.
    pub promoted: Option<Timestamp>,
}
