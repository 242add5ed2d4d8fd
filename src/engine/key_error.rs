//! What can be wrong with a key.

use crate::crypto::wrap::WrapError;
use crate::model::name::{KeyName, MemberName};
use crate::model::time::Timestamp;

/// More names than this are counted.
const SHOWN: usize = 50;

/// A key that cannot be used as it is.
#[derive(Debug, thiserror::Error)]
pub enum VaultKeyError {
    /// No key has that name.
    #[error("there is no key `{0}`")]
    NotFound(KeyName),
    /// No key governs the name.
    #[error("no key governs `{0}`")]
    NoneFor(String),
    /// The key governs other names.
    #[error("the key `{key}` does not govern `{name}`, `{governing}` does")]
    Other {
        /// The requested key.
        key: KeyName,
        name: String,
        /// The key that governs it.
        governing: KeyName,
    },
    /// The key's current version must not be used for new values.
    #[error("the key `{key}` cannot encrypt new values: {reason}")]
    Unusable { key: KeyName, reason: String },
    /// A key that an admin has disabled.
    #[error("the key `{0}` cannot be used: it is disabled")]
    Disabled(KeyName),
    /// A key that is being deleted.
    #[error("the key `{0}` cannot be used: it is to be deleted after {1}")]
    Deleting(KeyName, Timestamp),
    /// A key whose deletion is complete.
    #[error("the key `{0}` was destroyed")]
    Destroyed(KeyName),
    /// A key whose deletion would make documents unreadable.
    #[error("the key `{key}` is in use: it governs or encrypts {}", shortened(.documents))]
    InUse {
        key: KeyName,
        /// The names of the documents.
        documents: Vec<String>,
    },
    /// A reader whom a version of the key is not wrapped for yet.
    #[error("you are a reader of the key `{0}`, but it is not wrapped for you yet")]
    NotWrapped(KeyName),
    /// A version that the trust chain does not list.
    #[error("the trust chain does not list version {version} of the key `{key}`")]
    UnknownVersion { key: KeyName, version: String },
    /// A key document that ends at one version although a later one is known: its list of readers is outdated too.
    #[error("the document of the key `{0}` is outdated: it ends at version {1}, but version {2} exists")]
    Outdated(KeyName, u64, u64),
    /// A later state of a key's document that lacks a wrap of the earlier one.
    #[error("the document of the key `{0}` lacks a version that it had before")]
    LostWrap(KeyName),
    /// A key that only post-quantum recipients may open has a reader with another one.
    #[error("the key `{key}` only allows post-quantum recipients, but `{member}` has a different one")]
    NotPostQuantum {
        key: KeyName,
        /// The reader.
        member: MemberName,
    },
    /// A key could not be wrapped for its readers.
    #[error("the key `{key}` was not wrapped for its readers: {error}")]
    Wrap { key: KeyName, error: WrapError },
}

fn shortened(names: &[String]) -> String {
    let shown = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
