//! The other vaults of the same server, and the copies of secrets that they have.

use std::slice::from_ref;
use std::sync::{Arc, Weak};

use super::Served;
use crate::engine::{CopyMode, Error, Purpose, Vault};
use crate::machine::replica_failures::ReplicaFailures;
use crate::model::id::VaultId;
use crate::model::name::SecretName;
use crate::model::secret::Secret;

/// The vaults of a server.
pub(crate) trait Siblings: Send + Sync {
    /// The vault that answers for a region.
    fn of_region(&self, region: &str) -> Option<Arc<Served>>;

    /// The vault of an id, and its region.
    fn of_id(&self, vault: VaultId) -> Option<(String, Arc<Served>)>;
}

impl Served {
    /// Lets it find the other vaults of its server.
    pub(crate) fn join(&self, siblings: Weak<dyn Siblings>) {
        // The first server stays.
        let _ = self.siblings.set(siblings);
    }

    /// The other vault that answers for a region.
    pub(in crate::serve) fn sibling_in(&self, region: &str) -> Option<Arc<Served>> {
        let other = self.siblings.get()?.upgrade()?.of_region(region)?;
        (other.last().vault.id() != self.last().vault.id()).then_some(other)
    }

    /// The other vault of an id, and its region.
    pub(in crate::serve) fn sibling(&self, vault: VaultId) -> Option<(String, Arc<Served>)> {
        self.siblings.get()?.upgrade()?.of_id(vault)
    }

    /// The vault as it is now, for one request.
    pub(in crate::serve) fn open_for(&self, purpose: &Purpose) -> Result<Vault<'static>, Error> {
        Ok(self.current()?.vault.for_request(purpose.clone()))
    }

    /// Makes the copy of a secret of another vault here.
    pub(in crate::serve) fn take_copy(&self, from: &Vault<'_>, name: &SecretName, mode: CopyMode) -> Result<(), Error> {
        let here = self.open_for(from.purpose())?;
        let copied = from.copy_to(&here, from_ref(name), mode, (self.clock)(), &mut |_| {});
        let id = here.id();
        self.conclude(here);
        copied?.into_iter().try_for_each(|copied| copied.map(drop))?;
        // It is about messages only.
        drop(ReplicaFailures::remember(from.state(), id, [(name, None)]));
        Ok(())
    }

    /// Copies what a request has changed to the vaults of the same server, before it is answered. What is not copied then is left to whoever
    /// follows changes up.
    pub(in crate::serve) fn copy_changes(&self, vault: &Vault<'_>) {
        let changed = vault.take_replicated().into_iter();
        vault.note_replicated(changed.filter(|name| !self.copy_change(vault, name)).collect::<Vec<_>>());
    }

    /// Whether all copies of a secret are made.
    fn copy_change(&self, vault: &Vault<'_>, name: &SecretName) -> bool {
        let Ok(Some(secret)) = vault.find::<Secret>(name) else { return false };
        let is_copied = |other: VaultId| {
            self.sibling(other).is_some_and(|(_, other)| other.take_copy(vault, name, CopyMode::Update).is_ok())
        };
        // Every one is tried, also after one that fails.
        secret.replicas.iter().filter(|replica| !is_copied(replica.vault)).count() == 0
    }
}
