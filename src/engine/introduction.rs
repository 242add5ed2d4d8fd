//! What a machine shows of a vault that it does not know yet.

use crate::model::id::VaultId;

/// What a machine needs to show before a person accepts a vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introduction {
    /// The vault's id, which is the hash of its genesis.
    pub id: VaultId,
    /// What people call it; not authenticated before the id is accepted.
    pub label: String,
    /// Its admins.
    pub admins: Vec<String>,
}
