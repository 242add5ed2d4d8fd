//! What a machine shows about a vault that it does not know yet.

use crate::model::id::VaultId;

/// What a machine shows before the user accepts a vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introduction {
    /// The vault's id, which is the hash of its genesis.
    pub id: VaultId,
    /// Its name for people; not authenticated before the id is accepted.
    pub label: String,
    /// Its admins.
    pub admins: Vec<String>,
}
