//! Why there is no identity.

use std::fmt;
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
    #[error("no identity: {}", Listed(.tried))]
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
    #[error("`{}` has several identities, and none is configured: {}", .directory.display(), Files(.names))]
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

struct Listed<'a>(&'a [Tried]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, tried) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {}", tried.place, tried.wrong)?;
        }
        Ok(())
    }
}

struct Files<'a>(&'a [PathBuf]);

impl fmt::Display for Files<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, file) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{}", file.display())?;
        }
        Ok(())
    }
}

impl UnlockError {
    /// A closure for `map_err`: this source, with its cause.
    pub(super) fn at<C: Into<Cause>>(origin: &Origin) -> impl Fn(C) -> UnlockError + '_ {
        move |cause| UnlockError::Failed { origin: origin.clone(), cause: cause.into() }
    }
}
