//! Copies of secrets in other vaults: made, compared, promoted and removed. What two states of a secret mean for each other is a rule of
//! [`crate::model::secret`].

use super::access::Outcome;
use super::change::ATTEMPTS;
use super::error::{Error, Result};
use super::loaded::Loaded;
use super::refused::Checked;
use super::secrets::broken;
use super::subject::Subject;
use super::value::Place;
use super::vault::Vault;
use super::writing::Writing;
use crate::format::probe;
use crate::model::head::Head;
use crate::model::id::VaultId;
use crate::model::name::SecretName;
use crate::model::secret::{CopyState, Origin, Replica, ReplicaError, Secret};
use crate::model::time::Timestamp;
use crate::model::trust::Kind;

/// What may be written over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CopyMode {
    /// A copy of an earlier revision.
    Update,
    /// The tombstone of an earlier copy, too.
    Create,
    /// Whatever the copy says, also if it seems to be up to date: its values may have been replaced by hand.
    Overwrite,
}

impl Vault<'_> {
    /// The secrets that have copies, by name. Only documents that seem to are verified.
    pub(crate) fn replicated(&self) -> Result<Checked<Secret>> {
        self.sift_where(probe::may_have_replicas, |secret: &Secret| !secret.replicas.is_empty())
    }

    /// The secrets that are copies, by name. Only documents that seem to be are verified.
    pub(crate) fn copies(&self) -> Result<Checked<Secret>> {
        self.sift_where(probe::may_have_origin, Secret::is_copy)
    }

    /// Refuses what [`Vault::attach`] and [`Vault::copy_to`] would refuse, before either writes.
    pub(crate) fn require_copyable(&self, secret: &Secret, replica: &Replica, other: &Vault<'_>) -> Result<()> {
        secret.require_primary().map_err(|error| broken(&secret.name, error))?;
        self.require_writer(Kind::Secret, secret.name.as_str())?;
        if other.id() == self.id() {
            return Err(refused(&secret.name, ReplicaError::SameVault));
        }
        let existing = other.load_named::<Secret>(&replica.name)?;
        match secret.compare(self.id(), existing.as_ref().map(|loaded| &loaded.document)) {
            CopyState::InSync | CopyState::Behind | CopyState::Refused(ReplicaError::Deleted) => Ok(()),
            CopyState::Refused(error) => Err(refused(&secret.name, error)),
        }
    }

    /// Refuses a secret that is no copy, or one that was promoted.
    pub(crate) fn require_copy(&self, name: &SecretName) -> Result<()> {
        if self.secret(name)?.is_copy() { Ok(()) } else { Err(refused(name, ReplicaError::NotACopy)) }
    }

    /// Links a secret with its copy in another vault, which is not made yet. A link that says the same is no error.
    pub(crate) fn attach(&self, name: &SecretName, replica: &Replica, now: Timestamp) -> Result<()> {
        if replica.vault == self.id() {
            return Err(refused(name, ReplicaError::SameVault));
        }
        self.update_linked(name, now, |secret| match secret.replica_in(replica.vault) {
            Ok(known) if (&known.name, &known.key) == (&replica.name, &replica.key) => Ok(()),
            Ok(Replica { name: taken, key, .. }) => {
                Err(refused(name, ReplicaError::Linked { name: taken.clone(), key: key.clone() }))
            }
            Err(_) => secret.add_replica(replica.clone()).map_err(|error| broken(name, error)),
        })
    }

    /// Removes the link of a secret with its copy in a vault. The copy stays.
    pub(crate) fn detach(&self, name: &SecretName, vault: VaultId, now: Timestamp) -> Result<()> {
        self.update_linked(name, now, |secret| {
            replica_of(secret, vault)?;
            secret.replicas.retain(|replica| replica.vault != vault);
            Ok(())
        })
    }

    fn update_linked(&self, name: &SecretName, now: Timestamp, rule: impl Fn(&mut Secret) -> Result<()>) -> Result<()> {
        self.amend(name, now, |secret: &mut Secret| {
            secret.require_live().and_then(|()| secret.require_primary()).map_err(|error| broken(name, error))?;
            rule(secret)
        })
    }

    /// How the copy of a secret in another vault compares with it.
    pub(crate) fn compare_copy(&self, primary: &Secret, other: &Vault<'_>) -> Result<CopyState> {
        let replica = replica_of(primary, other.id())?;
        let copy = other.load_named::<Secret>(&replica.name)?;
        Ok(primary.compare(self.id(), copy.as_ref().map(|copy| &copy.document)))
    }

    /// Copies secrets to another vault that has their copies, each as it is now; `progress` is called with the number done. One that cannot be
    /// copied keeps no other from it. Returns for each whether something was written.
    pub(crate) fn copy_to(
        &self,
        other: &Vault<'_>,
        names: &[SecretName],
        mode: CopyMode,
        now: Timestamp,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Vec<Result<bool>>> {
        let mut attempt = 1;
        loop {
            match other.writing(now)?.take_copies(self, names, mode, progress) {
                Err(error) if error.is_overtaken() && attempt < ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
        }
    }

    /// Makes a copy a secret like any other, for good. Returns what it was a copy of.
    pub(crate) fn promote(&self, name: &SecretName, now: Timestamp) -> Result<Origin> {
        self.change_copy(name, now, |copy| match &mut copy.origin {
            Some(origin) if origin.promoted.is_none() => {
                origin.promoted = Some(now);
                Ok(origin.clone())
            }
            _ => Err(refused(name, ReplicaError::NotACopy)),
        })
    }

    /// Deletes the copy that a secret of another vault, `of`, has here. Returns whether it is gone: what was promoted, or is something else,
    /// stays.
    pub(crate) fn delete_copy(&self, replica: &Replica, primary: &Secret, of: VaultId, now: Timestamp) -> Result<bool> {
        let is_its = |copy: &Secret| {
            copy.is_copy() && copy.origin.as_ref().is_some_and(|origin| (origin.vault, origin.id) == (of, primary.id))
        };
        match self.find::<Secret>(&replica.name)? {
            None => return Ok(true),
            Some(copy) if !is_its(&copy) => return Ok(false),
            Some(_) => {}
        }
        self.change_copy(&replica.name, now, |copy| {
            // It may have been promoted in the meantime.
            if !is_its(copy) {
                return Err(refused(&replica.name, ReplicaError::NotACopy));
            }
            copy.delete();
            Ok(true)
        })
    }

    /// Changes what takes no other change: a copy.
    fn change_copy<T>(
        &self,
        name: &SecretName,
        now: Timestamp,
        rule: impl FnOnce(&mut Secret) -> Result<T>,
    ) -> Result<T> {
        self.require_writer(Kind::Secret, name.as_str())?;
        let mut writing = self.writing(now)?;
        let loaded = self.load_named::<Secret>(name)?.filter(|loaded| !loaded.document.deleted);
        let before = loaded.ok_or_else(|| self.not_found::<Secret>(name.as_str()))?;
        let mut copy = before.document.clone();
        let outcome = rule(&mut copy)?;
        writing.put(Some(&before), copy)?;
        writing.publish()?;
        Ok(outcome)
    }
}

impl Writing<'_, '_> {
    fn take_copies(
        mut self,
        from: &Vault<'_>,
        names: &[SecretName],
        mode: CopyMode,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Vec<Result<bool>>> {
        // Somebody who is no member of this vault fails once, not for each.
        self.whoami()?;
        let mut copied = Vec::with_capacity(names.len());
        for name in names {
            copied.push(self.take_copy(from, name, mode));
            progress(copied.len());
            self.publish_some()?;
        }
        self.publish()?;
        Ok(copied)
    }

    /// The primary is read under the lock of the copy's vault, so that no other process copies an older state after a newer one.
    fn take_copy(&mut self, from: &Vault<'_>, name: &SecretName, mode: CopyMode) -> Result<bool> {
        let primary = from.live_secret(name)?;
        primary.require_primary().map_err(|error| broken(name, error))?;
        let replica = replica_of(&primary, self.id())?;
        let outcome = self.put_copy(from, &primary, replica, mode);
        if outcome.is_err() {
            self.report_failure(Subject::named(Kind::Secret, replica.name.as_str()), Outcome::of(&outcome));
        }
        outcome
    }

    fn put_copy(&mut self, from: &Vault<'_>, primary: &Secret, replica: &Replica, mode: CopyMode) -> Result<bool> {
        self.require_writer(Kind::Secret, replica.name.as_str())?;
        let existing = self.load_named::<Secret>(&replica.name)?;
        let before = existing.as_ref().map(|loaded| &loaded.document);
        match (primary.compare(from.id(), before), mode) {
            (CopyState::InSync, CopyMode::Update | CopyMode::Create) => return Ok(false),
            (CopyState::Behind, _)
            | (CopyState::Refused(ReplicaError::Deleted), CopyMode::Create)
            | (
                CopyState::InSync | CopyState::Refused(ReplicaError::Newer { .. } | ReplicaError::Differs),
                CopyMode::Overwrite,
            ) => {}
            (CopyState::Refused(error), _) => return Err(refused(&primary.name, error)),
        }
        let copy = self.copy_of(from, primary, replica, existing.as_ref())?;
        self.put(existing.as_ref(), copy)?;
        Ok(true)
    }

    /// A copy of a secret for this vault. Every value is opened in its own vault and sealed here, also one that the copy has already: nothing
    /// else says that it is the same.
    fn copy_of(
        &self,
        from: &Vault<'_>,
        primary: &Secret,
        replica: &Replica,
        existing: Option<&Loaded<Secret>>,
    ) -> Result<Secret> {
        let origin = Origin {
            vault: from.id(),
            id: primary.id,
            name: primary.name.clone(),
            rev: primary.head.rev,
            region: from.account().region,
            promoted: None,
        };
        let extra = existing.map(|loaded| loaded.document.head.extra.clone()).unwrap_or_default();
        let head = Head { extra, ..self.blank_head(self.now())? };
        let mut copy = primary.as_copy(replica.name.clone(), origin, head, &self.signer()?.name);
        let (id, name) = (copy.id, replica.name.as_str());
        for version in &mut copy.versions {
            let Some(original) = primary.versions.iter().find(|original| original.uid == version.uid) else { continue };
            let Some(sealed) = &original.content else { continue };
            let value = from.reveal(primary, original)?;
            let place = Place { kind: Kind::Secret, id, name, uid: version.uid, value_type: sealed.value_type };
            version.content = Some(self.seal(&place, Some(&replica.key), &value)?);
            version.exposed = from.is_version_exposed(original)?;
        }
        Ok(copy)
    }
}

/// Where the copy of a secret in a vault is kept.
pub(crate) fn replica_of(secret: &Secret, vault: VaultId) -> Result<&Replica> {
    secret.replica_in(vault).map_err(|error| refused(&secret.name, error))
}

fn refused(name: &SecretName, error: ReplicaError) -> Error {
    Error::Replica { name: name.to_string(), error }
}
