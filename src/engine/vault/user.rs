//! The current user of a vault: their identity, found on first use, and the member that it is.

use std::sync::{Arc, OnceLock};

use super::Vault;
use crate::crypto::identity::Identity;
use crate::engine::credentials::{Credentials, Signer, Unlocker};
use crate::engine::error::{Error, Result};
use crate::model::id::VaultId;
use crate::model::trust::{Member, Role};

/// The current user, found on first use.
pub(super) struct User<'a> {
    unlocker: Unlocker<'a>,
    /// In a box: a vault is moved when its session ends, and a move leaves a copy behind that nobody wipes.
    found: OnceLock<Box<Credentials>>,
}

impl<'a> User<'a> {
    /// Nobody yet.
    pub(super) fn new(unlocker: Unlocker<'a>) -> Self {
        User { unlocker, found: OnceLock::new() }
    }

    /// The identity, if it was found already.
    pub(super) fn known(&self) -> Option<&Credentials> {
        self.found.get().map(|found| &**found)
    }

    fn find(&self, vault: VaultId) -> Result<&Credentials> {
        let found = (self.unlocker)(vault).map_err(Error::Unlock)?;
        Ok(self.found.get_or_init(|| Box::new(found)))
    }
}

impl Vault<'_> {
    /// The current user, as known to the trust chain. Unlocks.
    pub(crate) fn whoami(&self) -> Result<Member> {
        self.credentials()?.member(&self.trust()).map_err(Error::Unlock)?.cloned().ok_or(Error::NotAMember)
    }

    /// The current member, if they may change members and keys. Unlocks.
    pub(crate) fn require_admin(&self) -> Result<Member> {
        let member = self.whoami()?;
        match member.role {
            Role::Admin => Ok(member),
            Role::Member => Err(Error::NotAnAdmin(member.name)),
        }
    }

    pub(in crate::engine) fn credentials(&self) -> Result<&Credentials> {
        if let Some(credentials) = self.user.known() {
            return Ok(credentials);
        }
        self.recall.check_found()?;
        self.user.find(self.id)
    }

    /// Whether the identity is open already, and signs without asking for anything.
    pub(in crate::engine) fn signs_silently(&self) -> bool {
        self.user.known().is_some_and(Credentials::signs_silently)
    }

    /// The identity, if it is open, for another vault of this run.
    pub(crate) fn open_identity(&self) -> Option<Arc<Identity>> {
        self.user.known().map(|found| Arc::clone(found.identity()))
    }

    /// The name of the member whose identity is open, if one is, by its recipients: nothing is asked for or derived.
    pub(crate) fn known_member(&self) -> Option<String> {
        let mine = self.user.known()?.identity().recipients();
        let trust = self.trust();
        let member = trust.members.iter().find(|member| member.recipients.iter().any(|it| mine.contains(it)))?;
        Some(member.name.to_string())
    }

    pub(in crate::engine) fn signer(&self) -> Result<Signer<'_>> {
        let key = self.credentials()?.signing().map_err(Error::Unlock)?.ok_or(Error::NotAMember)?;
        Ok(Signer { name: self.whoami()?.name, key })
    }
}
