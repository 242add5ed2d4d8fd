//! Who is at work: the identity that opens keys, and the member that it signs for.

use crate::crypto::identity::Identity;
use crate::crypto::sign::SigningKey;
use crate::model::id::VaultId;
use crate::model::name::MemberName;
use crate::model::trust::{Member, Trust};

/// What a person or machine holds in private.
pub struct Credentials {
    /// Opens keys.
    pub identity: Identity,
    /// Signs documents; an identity that only reads may have none.
    pub signing: Option<SigningKey>,
}

/// Finds the credentials when they are first needed. Looking for them may ask for a passphrase, so a verb that needs none
/// never calls this.
pub type Unlocker<'a> = Box<dyn Fn(VaultId) -> Result<Credentials, Box<dyn std::error::Error + Send + Sync>> + 'a>;

impl Credentials {
    /// The member of this vault who signs with these credentials.
    pub(super) fn member<'t>(&self, trust: &'t Trust) -> Option<&'t Member> {
        trust.member_by_key(&self.signing.as_ref()?.public().bytes())
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
