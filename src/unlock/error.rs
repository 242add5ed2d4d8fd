//! Why there is no identity.

use std::path::PathBuf;

use super::ask::AskError;
use super::keyring::KeyringError;
use super::source::Origin;
use crate::crypto::identity::IdentityError;
use crate::crypto::passphrase::PassphraseError;
use crate::machine::config::ConfigError;
use crate::machine::private::PrivateError;

/// Why no identity was found. Never carries what was read.
#[derive(Debug, thiserror::Error)]
pub enum UnlockError {
    /// No source is configured.
    #[error("no identity: {}", joined(.tried, "; ", |it| format!("{}: {}", it.place, it.wrong)))]
    NoIdentity {
        /// Every source, in the order they were tried, with what was wrong there.
        tried: Vec<Tried>,
    },
    /// A source is configured and failed; no other was tried.
    #[error("{origin}: {cause}")]
    Failed {
        /// The place.
        origin: Origin,
        /// What was wrong there.
        cause: Cause,
    },
    /// Several identities are in their own place, and the configuration names none.
    #[error("`{}` has several identities, and none is configured: {}", .directory.display(), joined(.names, ", ", |it| it.display().to_string()))]
    Several {
        /// The configuration directory.
        directory: PathBuf,
        /// Their files in it.
        names: Vec<PathBuf>,
    },
    /// The local configuration, which says where the identity is.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// A source without an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The source, in the user's terms.
    pub place: String,
    /// What was wrong there.
    pub wrong: String,
}

/// What was wrong with one source.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// The file.
    #[error(transparent)]
    File(#[from] PrivateError),
    /// The descriptor.
    #[error("cannot be read: {0}")]
    Descriptor(#[source] std::io::Error),
    /// The keyring.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The user did not answer, or cannot be asked.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The passphrase file.
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    /// Too large to be an identity.
    #[error("too large to be an identity (more than {0} bytes)")]
    TooLarge(usize),
    /// Bytes that are not text.
    #[error("not text")]
    NotText,
    /// The configuration is needed for this kind of identity and could not be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The identity itself.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// An identity, but not the configured one.
    #[error("contains a different identity than the configured `{expected}`")]
    Another {
        /// The expected public key.
        expected: String,
    },
}

fn joined<T>(all: &[T], separator: &str, shown: impl Fn(&T) -> String) -> String {
    all.iter().map(shown).collect::<Vec<_>>().join(separator)
}

impl UnlockError {
    /// A closure for `map_err`: this source, with its cause.
    pub(super) fn at<C: Into<Cause>>(origin: &Origin) -> impl Fn(C) -> UnlockError + '_ {
        move |cause| UnlockError::Failed { origin: origin.clone(), cause: cause.into() }
    }
}
