//! Why a document is not trusted.

use crate::model::trust_step::TakenBack;

/// Why a document is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Tampering {
    /// The signature does not fit the bytes at this path in this vault.
    #[error("invalid signature; claims to be signed by `{0}`")]
    Signature(String),
    /// The signer is not known.
    #[error("it is signed by `{0}`, who is not a member of this vault")]
    Stranger(String),
    /// The signer was removed.
    #[error("it is signed by `{0}`, who was removed from this vault")]
    Former(String),
    /// The signer's key is a different one.
    #[error("it is signed in the name of `{0}` with a different key")]
    OtherKey(String),
    /// The signer may not write there.
    #[error("it is signed by `{0}`, who may not write it")]
    NotAllowed(String),
    /// Its content belongs elsewhere.
    #[error("its content belongs to `{0}`")]
    Elsewhere(String),
    /// The author it names is not the signer.
    #[error("it names `{0}` as its author, who did not sign it")]
    Author(String),
    /// A trust snapshot is not the successor of the previous one.
    #[error("it is not a successor of the previous snapshot")]
    NotASuccessor,
    /// A trust snapshot takes something back that must stay.
    #[error(transparent)]
    TakesBack(TakenBack),
    /// The genesis is not the one that the vault's id names.
    #[error("it is not the genesis of this vault")]
    NotTheGenesis,
    /// Its revision is out of bounds.
    #[error("its revision is out of bounds")]
    Revision,
    /// A key document is not the one that the trust chain names.
    #[error("it is not the key that the trust chain names")]
    NotTheKey,
    /// A wrapped key does not match its document.
    #[error("the wrapped key in version {0} is not the one that the trust chain names")]
    WrappedKey(u64),
}
