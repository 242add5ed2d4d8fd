//! The current user: the identity that opens keys, and the member that it signs for.

use std::sync::{Arc, OnceLock};

use crate::crypto::identity::Identity;
use crate::crypto::sign::SigningKey;
use crate::model::id::VaultId;
use crate::model::name::MemberName;
use crate::model::trust::{Member, Trust};

/// The error of a failed search for an identity or a signing key.
pub(super) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// How the signing key of an identity is found; `None` for an identity that only reads.
type FindSigning = Box<dyn Fn(&Identity) -> Result<Option<SigningKey>, Cause> + Send + Sync>;

/// The private keys of a person or machine.
pub struct Credentials {
    identity: Arc<Identity>,
    find_signing: FindSigning,
    signing: OnceLock<Option<SigningKey>>,
}

/// Finds the credentials when they are first needed. Searching for them may prompt for a passphrase, so a verb that
/// does not need them never calls this.
pub(crate) type Unlocker<'a> = Box<dyn Fn(VaultId) -> Result<Credentials, Cause> + Send + Sync + 'a>;

impl Credentials {
    /// An identity, and how to find its signing key when something has to be signed: a verb that only reads never
    /// searches for it.
    pub(crate) fn new(
        identity: impl Into<Arc<Identity>>,
        find_signing: impl Fn(&Identity) -> Result<Option<SigningKey>, Cause> + Send + Sync + 'static,
    ) -> Self {
        Credentials { identity: identity.into(), find_signing: Box::new(find_signing), signing: OnceLock::new() }
    }

    /// A native identity, which signs with a key that is derived from it.
    pub fn native(identity: Identity) -> Self {
        Credentials::new(identity, |identity| Ok(identity.signing_key()))
    }

    /// What opens keys.
    pub(super) fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// What signs documents; `None` for an identity that only reads.
    pub(super) fn signing(&self) -> Result<Option<&SigningKey>, Cause> {
        if let Some(known) = self.signing.get() {
            return Ok(known.as_ref());
        }
        let found = (self.find_signing)(&self.identity)?;
        Ok(self.signing.get_or_init(|| found).as_ref())
    }

    /// Whether signing asks nobody for anything: the key is there, or derived from the identity.
    pub(super) fn signs_silently(&self) -> bool {
        self.signing.get().is_some() || self.identity.signing_key().is_some()
    }

    /// The member of this vault who signs with these credentials.
    pub(super) fn member<'t>(&self, trust: &'t Trust) -> Result<Option<&'t Member>, Cause> {
        Ok(self.signing()?.and_then(|key| trust.member_by_key(&key.public().bytes())))
    }
}

/// A signing key and the name it signs under.
pub(super) struct Signer<'a> {
    pub(super) name: MemberName,
    pub(super) key: &'a SigningKey,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(..)")
    }
}
