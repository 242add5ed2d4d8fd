//! Secrets: create, put, update, stage, mark for deletion and restore (secrets-manager §3, §4, §7).

use std::collections::{BTreeMap, BTreeSet};

use super::error::{Error, Result};
use super::exposure::is_same;
use super::parameters::{random_doc_id, random_uid, random_version_id};
use super::value::Place;
use super::vault::Vault;
use crate::model::head::Head;
use crate::model::name::{KeyName, SecretName};
use crate::model::sealed::ValueType;
use crate::model::secret::{Secret, SecretError, SecretVersion, Stage, StageMove, VersionId, check_form, check_value};
use crate::model::time::Timestamp;
use crate::model::value::SecretValue;

/// A value for a secret.
pub(crate) struct NewValue {
    /// The plaintext.
    pub value: SecretValue,
    /// Stored as binary, otherwise as text.
    pub binary: bool,
    /// What becomes of a text that looks like a mask.
    pub masks: Masks,
}

/// What becomes of a text that looks like what programs show instead of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Masks {
    /// It is refused: somebody has pasted it by mistake.
    Refuse,
    /// It is a value: a program sends what it means.
    Allow,
}

/// A secret to be created.
#[derive(Default)]
pub(crate) struct NewSecret {
    /// The first value; without one the secret has no version yet.
    pub value: Option<NewValue>,
    /// What it is for.
    pub description: String,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Client request token, which becomes the version's id; a random UUID by default.
    pub token: Option<VersionId>,
    /// Replace a secret of that name that is marked for deletion.
    pub replace: bool,
}

/// What a put did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    /// The version; `None` if no value was given.
    pub version: Option<VersionId>,
    /// Its stages.
    pub stages: BTreeSet<Stage>,
    /// The key that it is sealed under.
    pub key: Option<KeyName>,
    /// The token has already stored this value; nothing was changed.
    pub repeated: bool,
}

impl Vault<'_> {
    /// The secret of that name, verified; also one that is marked for deletion. Reads one document.
    pub(crate) fn secret(&self, name: &SecretName) -> Result<Secret> {
        self.find(name)?.ok_or_else(|| self.not_found::<Secret>(name.as_str()))
    }

    /// Like [`Vault::secret`], but a mark for deletion is an error.
    pub(crate) fn live_secret(&self, name: &SecretName) -> Result<Secret> {
        let secret = self.secret(name)?;
        secret.require_live().map_err(|error| broken(name, error))?;
        Ok(secret)
    }

    /// Creates a secret. The same token with the same value again changes nothing.
    pub(crate) fn create_secret(&self, name: &SecretName, new: &NewSecret, now: Timestamp) -> Result<Stored> {
        self.change(name, now, |existing: Option<&Secret>| {
            let live = existing.filter(|secret| !secret.deleted);
            match live.map(|taken| (taken, taken.require_live())) {
                Some((_, Err(marked))) if !new.replace => return Err(broken(name, marked)),
                Some((taken, Ok(()))) => {
                    if let (Some(token), Some(value)) = (&new.token, &new.value)
                        && let Some(stored) = self.stored_before(taken, token, value)?
                    {
                        return Ok((taken.clone(), stored));
                    }
                    return Err(broken(name, SecretError::AlreadyExists));
                }
                _ => {}
            }
            let mut secret = Secret::new(random_doc_id(), name.clone(), self.blank_head(now)?, now);
            secret.describe(&new.description).and_then(|()| secret.tag(&new.tags)).map_err(|e| broken(name, e))?;
            let stored = match &new.value {
                None => Stored { version: None, stages: BTreeSet::new(), key: None, repeated: false },
                Some(value) => self.store(&mut secret, value, new.token.as_ref(), None, now)?,
            };
            Ok((secret, stored))
        })
    }

    /// Puts a value: a new version, AWSCURRENT unless stages are given. `expected` is the AWSCURRENT that the caller has seen.
    pub(crate) fn put_secret_value(
        &self,
        name: &SecretName,
        value: &NewValue,
        token: Option<&VersionId>,
        stages: Option<&BTreeSet<Stage>>,
        expected: Option<&VersionId>,
        now: Timestamp,
    ) -> Result<Stored> {
        self.amend(name, now, |secret: &mut Secret| {
            secret.require_live().map_err(|error| broken(name, error))?;
            require_current(secret, expected)?;
            self.store(secret, value, token, stages, now)
        })
    }

    /// Changes the description, puts a value that becomes AWSCURRENT, or both in one write (`UpdateSecret`).
    pub(crate) fn revise_secret(
        &self,
        name: &SecretName,
        description: Option<&str>,
        value: Option<&NewValue>,
        token: Option<&VersionId>,
        expected: Option<&VersionId>,
        now: Timestamp,
    ) -> Result<Option<Stored>> {
        self.amend(name, now, |secret: &mut Secret| {
            require_current(secret, expected)?;
            let described =
                secret.require_live().and_then(|()| description.map_or(Ok(()), |text| secret.describe(text)));
            described.map_err(|error| broken(name, error))?;
            value.map(|value| self.store(secret, value, token, None, now)).transpose()
        })
    }

    /// Changes what is not versioned.
    pub(crate) fn update_secret<T>(
        &self,
        name: &SecretName,
        now: Timestamp,
        rule: impl Fn(&mut Secret) -> std::result::Result<T, SecretError>,
    ) -> Result<T> {
        self.amend_secret(name, now, |secret| secret.require_live().and_then(|()| rule(secret)))
    }

    /// The same for a secret that may be marked for deletion.
    pub(super) fn amend_secret<T>(
        &self,
        name: &SecretName,
        now: Timestamp,
        rule: impl Fn(&mut Secret) -> std::result::Result<T, SecretError>,
    ) -> Result<T> {
        self.amend(name, now, |secret| rule(secret).map_err(|error| broken(name, error)))
    }

    /// Moves, adds or removes one stage.
    pub(crate) fn stage_secret(&self, name: &SecretName, order: &StageMove, now: Timestamp) -> Result<()> {
        self.update_secret(name, now, |secret| secret.move_stage(order, now))
    }

    /// Marks for deletion after a window of days; returns the date.
    pub(crate) fn schedule_deletion(&self, name: &SecretName, days: u32, now: Timestamp) -> Result<Timestamp> {
        self.amend_secret(name, now, |secret| secret.schedule_deletion(days, now))
    }

    /// Removes the mark for deletion. Without one, nothing changes.
    pub(crate) fn restore_secret(&self, name: &SecretName, now: Timestamp) -> Result<()> {
        self.amend_secret(name, now, |secret| {
            secret.restore();
            Ok(())
        })
    }

    /// Seals a value into a secret, as a new version or as the missing value of a pending version.
    pub(super) fn store(
        &self,
        secret: &mut Secret,
        new: &NewValue,
        token: Option<&VersionId>,
        stages: Option<&BTreeSet<Stage>>,
        now: Timestamp,
    ) -> Result<Stored> {
        let name = secret.name.clone();
        let check = if new.masks == Masks::Refuse { check_value } else { check_form };
        check(&new.value, new.binary).map_err(|error| broken(&name, error))?;
        if let Some(token) = token
            && let Some(stored) = self.stored_before(secret, token, new)?
        {
            return Ok(stored);
        }
        let id = token.cloned().unwrap_or_else(random_version_id);
        let mut version = match secret.version(&id) {
            Some(empty) => empty.clone(),
            None => SecretVersion::empty(&id, random_uid(), self.signer()?.name, now),
        };
        let place = Place::of(secret, version.uid, ValueType::of_secret(new.binary));
        version.content = Some(self.seal(&place, None, &new.value)?);
        version.exposed = self.holds_exposed(Some(&*secret), &new.value)?;
        secret.put(version, stages, now).map_err(|error| broken(&name, error))?;
        Ok(outcome(secret, &id, false))
    }

    /// Whether a token has already stored this value, which is not an error, or a different one, which is.
    fn stored_before(&self, secret: &Secret, token: &VersionId, new: &NewValue) -> Result<Option<Stored>> {
        let Some(version) = secret.version(token) else { return Ok(None) };
        let Some(sealed) = &version.content else { return Ok(None) };
        let before = self.reveal(secret, version)?;
        if !is_same(&before, &new.value) || sealed.is_binary() != new.binary {
            return Err(broken(&secret.name, SecretError::TokenInUse(token.clone())));
        }
        Ok(Some(outcome(secret, token, true)))
    }

    /// A head for a document that is not saved yet; saving sets the real one.
    pub(super) fn blank_head(&self, now: Timestamp) -> Result<Head> {
        Ok(Head::new(0, self.trust().rev, now, self.signer()?.name))
    }
}

fn outcome(secret: &Secret, id: &VersionId, repeated: bool) -> Stored {
    let version = secret.version(id);
    Stored {
        version: Some(id.clone()),
        stages: version.map(|version| version.stages.clone()).unwrap_or_default(),
        key: version.and_then(|version| version.content.as_ref()).map(|sealed| sealed.key.name.clone()),
        repeated,
    }
}

/// Refuses a change that was made for a version which is not current any more.
fn require_current(secret: &Secret, expected: Option<&VersionId>) -> Result<()> {
    let current = secret.staged(&Stage::current()).map(SecretVersion::id);
    match expected.filter(|expected| current.as_ref() != Some(*expected)) {
        Some(expected) => Err(broken(&secret.name, SecretError::CurrentMoved { expected: expected.clone() })),
        None => Ok(()),
    }
}

pub(super) fn broken(name: &SecretName, error: SecretError) -> Error {
    Error::Secret { name: name.to_string(), error }
}
