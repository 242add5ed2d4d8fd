//! A secret: a named value whose versions have staging labels (secrets-manager §1).
//!
//! [`super::staging`] moves stages, [`super::rotating`] advances a rotation.

use std::collections::{BTreeMap, BTreeSet};

use super::error::SecretError;
use super::limits::{DESCRIPTION_LIMIT, RECOVERY_DAYS, VERSIONS_KEPT, VERSIONS_LIMIT};
use super::replication::{Origin, Replica};
use super::rotation::Rotation;
use super::stage::Stage;
use super::version_id::VersionId;
use crate::model::arn::Suffix;
use crate::model::head::Head;
use crate::model::id::{DocId, Uid};
use crate::model::mask::looks_masked;
use crate::model::name::{MemberName, SecretName};
use crate::model::sealed::Sealed;
use crate::model::tag::Tag;
use crate::model::time::{DAY, Timestamp};
use crate::model::value::SecretValue;
use crate::model::value_form::{ValueForm, ValueFormError};

/// A secret, or the tombstone of a deleted one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Id of the document.
    pub id: DocId,
    /// The name.
    pub name: SecretName,
    /// Revision, time and author of the document.
    pub head: Head,
    /// A tombstone: only the head is left.
    pub deleted: bool,
    /// When it was created, if the document says so.
    pub created: Option<Timestamp>,
    /// Description, not encrypted.
    pub description: String,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// How it is rotated, once that was configured.
    pub rotation: Option<Rotation>,
    /// When a secret marked for deletion may be purged.
    pub delete_after: Option<Timestamp>,
    /// A resource policy as JSON text, by which the server decides.
    pub resource_policy: Option<String>,
    /// Where copies are kept.
    pub replicas: Vec<Replica>,
    /// What it is a copy of.
    pub origin: Option<Origin>,
    /// Oldest first; empty until a first value is put.
    pub versions: Vec<SecretVersion>,
}

/// One version of a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretVersion {
    /// Its unique id, bound into the ciphertext.
    pub uid: Uid,
    /// The caller's token, unless it is the uid as a UUID.
    pub token: Option<VersionId>,
    /// When it was written.
    pub created: Timestamp,
    /// Who wrote it.
    pub by: MemberName,
    /// Re-encrypted from a tainted key version without being changed.
    pub exposed: bool,
    /// Staging labels.
    pub stages: BTreeSet<Stage>,
    /// The value; `None` until the rotation has created it.
    pub content: Option<Sealed>,
}

impl std::fmt::Debug for SecretVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretVersion").field("uid", &self.uid).field("stages", &self.stages).finish_non_exhaustive()
    }
}

impl SecretVersion {
    /// The id by which callers know it.
    pub(crate) fn id(&self) -> VersionId {
        self.token.clone().unwrap_or_else(|| VersionId::of(self.uid))
    }

    /// A version of this id without a value and without stages.
    pub(crate) fn empty(id: &VersionId, spare: Uid, by: MemberName, now: Timestamp) -> Self {
        let (uid, token) = match id.uid() {
            Some(uid) => (uid, None),
            None => (spare, Some(id.clone())),
        };
        SecretVersion { uid, token, created: now, by, exposed: false, stages: BTreeSet::new(), content: None }
    }
}

impl Secret {
    /// A secret without a version.
    pub(crate) fn new(id: DocId, name: SecretName, head: Head, now: Timestamp) -> Self {
        Secret {
            id,
            name,
            head,
            deleted: false,
            created: Some(now),
            description: String::new(),
            tags: BTreeMap::new(),
            rotation: None,
            delete_after: None,
            resource_policy: None,
            replicas: Vec::new(),
            origin: None,
            versions: Vec::new(),
        }
    }

    /// The version of that id.
    pub(crate) fn version(&self, id: &VersionId) -> Option<&SecretVersion> {
        self.versions.iter().find(|version| version.id() == *id)
    }

    /// The end of its ARN, which a copy has in common with its primary.
    pub(crate) fn suffix(&self) -> Suffix {
        Suffix::of(self.origin.as_ref().map_or(self.id, |origin| origin.id))
    }

    /// The version that carries a stage.
    pub fn staged(&self, stage: &Stage) -> Option<&SecretVersion> {
        self.versions.iter().find(|version| version.stages.contains(stage))
    }

    /// The version selected by an id, a stage, both, or neither (AWSCURRENT).
    pub(crate) fn select(&self, id: Option<&VersionId>, stage: Option<&Stage>) -> Result<&SecretVersion, SecretError> {
        let current = Stage::current();
        let found = match (id, stage) {
            (None, stage) => {
                let stage = stage.unwrap_or(&current);
                self.staged(stage).ok_or_else(|| SecretError::StageNotFound(stage.clone()))?
            }
            (Some(id), stage) => {
                let found = self.version(id).ok_or_else(|| SecretError::VersionNotFound(id.clone()))?;
                match stage.filter(|stage| !found.stages.contains(*stage)) {
                    Some(stage) => {
                        return Err(SecretError::StageElsewhere { stage: stage.clone(), version: id.clone() });
                    }
                    None => found,
                }
            }
        };
        if found.content.is_some() { Ok(found) } else { Err(SecretError::Valueless(found.id())) }
    }

    /// Refuses a change of a copy that is kept in step with its primary.
    pub(crate) fn require_primary(&self) -> Result<(), SecretError> {
        match &self.origin {
            Some(Origin { name, vault, promoted: None, .. }) => {
                Err(SecretError::Copy { name: name.clone(), vault: *vault })
            }
            _ => Ok(()),
        }
    }

    /// An error while the secret is marked for deletion.
    pub(crate) fn require_live(&self) -> Result<(), SecretError> {
        self.delete_after.map_or(Ok(()), |due| Err(SecretError::MarkedForDeletion { due }))
    }

    /// Marks for deletion after a window of days; returns the date.
    pub(crate) fn schedule_deletion(&mut self, days: u32, now: Timestamp) -> Result<Timestamp, SecretError> {
        self.require_live()?;
        self.require_no_replicas()?;
        if !RECOVERY_DAYS.contains(&days) {
            return Err(SecretError::RecoveryWindow(days));
        }
        let due = Timestamp::from_unix(now.unix() + i64::from(days) * DAY);
        self.delete_after = Some(due);
        Ok(due)
    }

    /// Removes the mark, which restores everything. Without a mark, nothing happens.
    pub(crate) fn restore(&mut self) {
        self.delete_after = None;
    }

    /// Whether a marked secret is due for purging.
    pub(crate) fn purge_due(&self, now: Timestamp) -> bool {
        self.delete_after.is_some_and(|due| due <= now)
    }

    /// Leaves a tombstone.
    pub(crate) fn delete(&mut self) {
        let head = self.head.clone();
        let empty = Secret::new(self.id, self.name.clone(), head, Timestamp::from_unix(0));
        *self = Secret { deleted: true, created: None, ..empty };
    }

    /// Sets the description, at most 2048 characters.
    pub(crate) fn describe(&mut self, description: &str) -> Result<(), SecretError> {
        let length = description.chars().count();
        if length > DESCRIPTION_LIMIT {
            return Err(SecretError::DescriptionTooLong(length));
        }
        description.clone_into(&mut self.description);
        Ok(())
    }

    /// Sets tags, by key.
    pub(crate) fn tag(&mut self, tags: &BTreeMap<String, String>) -> Result<(), SecretError> {
        self.tags = Tag::added(&self.tags, tags)?;
        Ok(())
    }

    /// Removes tags; missing ones are ignored.
    pub(crate) fn untag(&mut self, keys: &[String]) {
        self.tags.retain(|key, _| !keys.contains(key));
    }

    /// Drops versions without a stage beyond [`VERSIONS_KEPT`], the oldest first and none younger than a day, and at once
    /// those that have neither stage nor value.
    pub(in crate::model) fn purge_versions(&mut self, now: Timestamp) -> Result<(), SecretError> {
        self.versions.retain(|version| version.content.is_some() || !version.stages.is_empty());
        while self.versions.len() > VERSIONS_KEPT {
            let old = |version: &SecretVersion| version.created.unix() <= now.unix() - DAY;
            let purgeable = |version: &&SecretVersion| version.stages.is_empty() && old(version);
            let oldest = self.versions.iter().filter(purgeable).min_by_key(|version| version.created);
            let Some(uid) = oldest.map(|version| version.uid) else { break };
            self.versions.retain(|version| version.uid != uid);
        }
        if self.versions.len() > VERSIONS_LIMIT { Err(SecretError::TooManyVersions) } else { Ok(()) }
    }
}

/// Checks a value before it is sealed: its form, and that it does not look like a mask.
pub(crate) fn check_value(value: &SecretValue, binary: bool) -> Result<(), SecretError> {
    check_form(value, binary)?;
    let text = value.reveal_text().filter(|_| !binary);
    if text.is_some_and(looks_masked) { Err(SecretError::LooksMasked) } else { Ok(()) }
}

/// Checks the form of a value: 1–65,536 bytes; text is UTF-8 without NUL.
pub(crate) fn check_form(value: &SecretValue, binary: bool) -> Result<(), SecretError> {
    let form = if binary { ValueForm::Binary } else { ValueForm::Text };
    form.check(value.reveal()).map_err(|error| match error {
        ValueFormError::Empty => SecretError::Empty,
        ValueFormError::TooLarge(length) => SecretError::TooLarge(length),
        ValueFormError::Nul => SecretError::NulInText,
        ValueFormError::NotText => SecretError::NotText,
    })
}
