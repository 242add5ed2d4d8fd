//! What a secret and its copies in other vaults mean for each other.

use super::error::SecretError;
use super::limits::{REPLICAS_LIMIT, VERSIONS_KEPT};
use super::replication::{CopyState, Origin, Replica, ReplicaError};
use super::secret::{Secret, SecretVersion};
use super::stage::Stage;
use crate::model::head::Head;
use crate::model::id::VaultId;
use crate::model::name::{MemberName, SecretName};

impl Secret {
    /// Where its copy in a vault is kept.
    pub(crate) fn replica_in(&self, vault: VaultId) -> Result<&Replica, ReplicaError> {
        self.replicas.iter().find(|replica| replica.vault == vault).ok_or(ReplicaError::NotLinked(vault))
    }

    /// Adds a copy.
    pub(crate) fn add_replica(&mut self, replica: Replica) -> Result<(), SecretError> {
        if self.replicas.len() >= REPLICAS_LIMIT {
            return Err(SecretError::TooManyReplicas);
        }
        self.replicas.push(replica);
        Ok(())
    }

    /// Refuses a deletion while there are copies.
    pub(crate) fn require_no_replicas(&self) -> Result<(), SecretError> {
        if self.replicas.is_empty() { Ok(()) } else { Err(SecretError::HasReplicas(self.replicas.len())) }
    }

    /// Whether it is a copy that its primary still writes.
    pub(crate) fn is_copy(&self) -> bool {
        self.copied_from().is_some()
    }

    /// What it is a copy of, unless it was promoted.
    pub(crate) fn copied_from(&self) -> Option<&Origin> {
        self.origin.as_ref().filter(|origin| origin.promoted.is_none())
    }

    /// What only a primary may state, if a copy states it.
    pub(crate) fn require_plain_copy(&self, here: VaultId) -> Result<(), ReplicaError> {
        let Some(origin) = self.copied_from() else { return Ok(()) };
        let wrong = [
            (origin.vault == here, "its primary is in this vault"),
            (!self.replicas.is_empty(), "has copies itself"),
            (self.rotation.is_some(), "is rotated itself"),
            (self.delete_after.is_some(), "is marked for deletion"),
        ];
        let found = wrong.into_iter().find(|(is_wrong, _)| *is_wrong);
        found.map_or(Ok(()), |(_, what)| Err(ReplicaError::Misstated(what)))
    }

    /// How what another vault has under the name of a copy compares with this secret of the vault `here`.
    pub(crate) fn compare(&self, here: VaultId, copy: Option<&Secret>) -> CopyState {
        let refused = CopyState::Refused;
        let Some(copy) = copy else { return CopyState::Behind };
        if copy.deleted {
            return refused(ReplicaError::Deleted);
        }
        let Some(origin) = &copy.origin else { return refused(ReplicaError::Taken) };
        if (origin.vault, origin.id) != (here, self.id) {
            return refused(ReplicaError::Foreign { name: origin.name.clone(), vault: origin.vault });
        }
        let (found, primary) = (origin.rev, self.head.rev);
        match origin.promoted {
            Some(at) => refused(ReplicaError::Promoted(at)),
            None if found > primary => refused(ReplicaError::Newer { found, primary }),
            None if found == primary && self.is_stated_by(copy) => CopyState::InSync,
            None if found == primary || !self.has_had(copy) => refused(ReplicaError::Differs),
            None => CopyState::Behind,
        }
    }

    /// What a copy states of this secret, with versions that have no values yet. It has the id of the primary, so that copies which
    /// two machines make are one document when they are merged.
    pub(crate) fn as_copy(&self, name: SecretName, origin: Origin, head: Head, by: &MemberName) -> Secret {
        let copied = |version: &SecretVersion| SecretVersion { by: by.clone(), content: None, ..version.clone() };
        Secret {
            name,
            head,
            rotation: None,
            replicas: Vec::new(),
            origin: Some(origin),
            versions: self.valued().map(copied).collect(),
            ..self.clone()
        }
    }

    /// The versions that have a value, which are those that are copied.
    fn valued(&self) -> impl Iterator<Item = &SecretVersion> {
        self.versions.iter().filter(|version| version.content.is_some())
    }

    /// Whether a copy states all that this secret does, apart from the values.
    fn is_stated_by(&self, copy: &Secret) -> bool {
        let version = |it: &SecretVersion| {
            let value_type = it.content.as_ref().map(|sealed| sealed.value_type);
            (it.uid, it.token.clone(), it.created, it.stages.clone(), value_type)
        };
        let metadata = |it: &Secret| (it.description.clone(), it.tags.clone(), it.resource_policy.clone(), it.created);
        metadata(self) == metadata(copy) && self.valued().map(version).eq(copy.versions.iter().map(version))
    }

    /// Whether the current version of a copy was one of this secret's, as far as it still knows.
    fn has_had(&self, copy: &Secret) -> bool {
        let Some(current) = copy.staged(&Stage::current()) else { return true };
        self.versions.len() >= VERSIONS_KEPT || self.versions.iter().any(|version| version.uid == current.uid)
    }
}
