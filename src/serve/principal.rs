//! A credential of the vault with what is derived from it, kept while its document stays as it is.

use super::moments::Dated;
use super::sign::SigningKeys;
use crate::model::credential::Credential;
use crate::model::iam::Policy;

/// A credential with what was derived from it.
pub(super) struct Principal {
    pub(super) credential: Credential,
    pub(super) policy: Policy,
    pub(super) keys: SigningKeys,
}

/// Nobody is told when it was changed.
impl Dated for Principal {}
