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

/// How a copy compares with its primary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CopyState {
    /// It is of the primary's revision.
    InSync,
    /// It is of an earlier revision, or was not made yet.
    Behind,
    /// It must not be written.
    Refused(ReplicaError),
}

/// Why a secret is not copied into a vault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplicaError {
    /// The other vault has a secret of that name that is no copy.
    #[error("the other vault has a secret of that name that is not a copy of this one")]
    Taken,
    /// The other vault has a copy of another secret.
    #[error("the other vault has a copy of `{name}` of the vault {vault} under that name")]
    Foreign {
        /// The name of its primary.
        name: SecretName,
        /// The vault of its primary.
        vault: VaultId,
    },
    /// The copy was promoted.
    #[error("the copy was promoted on {0} and is a secret of its own")]
    Promoted(Timestamp),
    /// The copy was deleted.
    #[error("the copy was deleted in the other vault")]
    Deleted,
    /// The copy states a later revision than the primary has.
    #[error(
        "the copy is of revision {found}, and the secret has revision {primary}: the secret was rolled back, or the copy was forged"
    )]
    Newer {
        /// The revision that the copy states.
        found: u64,
        /// The revision of the primary.
        primary: u64,
    },
    /// The copy has what the primary never had.
    #[error("the copy has what the secret never had: it was changed by hand, or from another branch of this vault")]
    Differs,
    /// The secret has no copy in that vault.
    #[error("it has no copy in the vault {0}")]
    NotLinked(VaultId),
    /// The secret has a copy in that vault already.
    #[error("its copy in that vault is `{name}`, under the key `{key}`")]
    Linked {
        /// Its name there.
        name: SecretName,
        /// Its key there.
        key: KeyName,
    },
    /// The other vault is this vault.
    #[error("a copy is kept in another vault, and that is the same one")]
    SameVault,
    /// The secret is no copy, or was promoted already.
    #[error("it is not a copy of another vault's secret")]
    NotACopy,
    /// A copy that states what only primaries have.
    #[error("it is a copy, and {0}")]
    Misstated(&'static str),
}
