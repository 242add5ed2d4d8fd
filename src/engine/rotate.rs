//! Rotation: driving hooks through create, set, test and finish, one write of the document between them.
//!
//! The states and what each write may do are in [`crate::model::secret`]. The vault's lock is held for each write and
//! never while a hook runs. A lease on this machine prevents a second runner while this process runs; if two run
//! nevertheless (two machines on one file system), the number of the attempt decides and the slower one is refused.

use super::error::{Error, Result};
use super::exposure::is_same;
use super::hooks::Hooks;
use super::parameters::{random_uid, random_version_id};
use super::plan::ConfirmedPlan;
use super::secrets::broken;
use super::value::Place;
use super::vault::Vault;
use crate::model::hook::{FailureKind, HookFailure, HookName, Produced, Step};
use crate::model::name::SecretName;
use crate::model::sealed::ValueType;
use crate::model::secret::{Begun, Secret, SecretError, VersionId, check_value};
use crate::model::time::Timestamp;
use crate::model::trust::Kind;
use crate::store::locked::LockedFile;

/// The maximum length of a stored failure reason, in characters.
const REASON_LIMIT: usize = 240;

/// A rotation that was begun: its pending version is in the document, and no other process of this machine rotates the secret.
pub(crate) struct StartedRotation {
    pub(super) name: SecretName,
    pub(super) _lease: LockedFile,
    pub(super) begun: Begun,
    pub(super) plan: ConfirmedPlan,
    pub(super) secret: Secret,
}

/// A finished rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rotated {
    /// The version that is current now.
    pub version: VersionId,
    /// How many attempts it took.
    pub attempts: u64,
}

impl Vault<'_> {
    /// The secret, if a rotation of it is unfinished.
    pub(crate) fn unfinished_rotation(&self, name: &SecretName) -> Result<Secret> {
        let secret = self.live_secret(name)?;
        secret.rotating().map_err(|error| broken(name, error))?;
        Ok(secret)
    }

    /// Aborts an unfinished rotation; returns the version that keeps its value as ABORTED.
    pub(crate) fn abort_rotation(&self, name: &SecretName, now: Timestamp) -> Result<Option<VersionId>> {
        let _lease = self.lease(name)?;
        self.update_secret(name, now, |secret| secret.abort_rotation(now))
    }

    /// Whether a process of this machine rotates the secret now.
    pub(crate) fn is_being_rotated(&self, name: &SecretName) -> Result<bool> {
        Ok(self.state.lease(name.as_str()).map_err(Error::from)?.is_none())
    }

    /// Stops rotation until it is configured again; returns the version that an unfinished one leaves behind.
    pub(crate) fn cancel_rotation(&self, name: &SecretName, now: Timestamp) -> Result<Option<VersionId>> {
        self.update_secret(name, now, Secret::cancel_rotation)
    }

    /// Rotates a secret, or resumes its unfinished rotation. `token` becomes the id of the new version. `progress` is
    /// called before each step. A dry run calls no hook.
    pub(crate) fn rotate(
        &self,
        name: &SecretName,
        token: Option<&VersionId>,
        hooks: &dyn Hooks,
        now: Timestamp,
        progress: &mut dyn FnMut(Step),
    ) -> Result<Rotated> {
        let started = self.begin_rotation(name, token, now)?;
        self.continue_rotation(started, hooks, now, progress)
    }

    /// The same if it is still due: another process may have rotated it since that was found. `None` if it is not.
    pub(crate) fn rotate_due(
        &self,
        name: &SecretName,
        hooks: &dyn Hooks,
        now: Timestamp,
        progress: &mut dyn FnMut(Step),
    ) -> Result<Option<Rotated>> {
        let lease = self.lease(name)?;
        if self.live_secret(name)?.live_rotation().is_some_and(|rotation| rotation.due(now)) {
            let started = self.begin_leased(name, None, lease, now)?;
            self.continue_rotation(started, hooks, now, progress).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Begins a rotation, or the next attempt of the unfinished one, and calls no hook yet.
    pub(crate) fn begin_rotation(
        &self,
        name: &SecretName,
        token: Option<&VersionId>,
        now: Timestamp,
    ) -> Result<StartedRotation> {
        self.begin_leased(name, token, self.lease(name)?, now)
    }

    fn begin_leased(
        &self,
        name: &SecretName,
        token: Option<&VersionId>,
        lease: LockedFile,
        now: Timestamp,
    ) -> Result<StartedRotation> {
        // Checked before anything starts: if no new value can be sealed, no hook must create one.
        self.sealing_key(Kind::Secret, name.as_str(), None)?;
        let secret = self.live_secret(name)?;
        self.check_planned_values(&secret, &self.confirmed_plan(&secret)?)?;
        let token = token.cloned().unwrap_or_else(random_version_id);
        let by = self.signer()?.name;
        let (begun, plan, secret) = self.amend(name, now, |secret: &mut Secret| {
            let plan = self.confirmed_plan(secret)?;
            let begun =
                secret.begin_rotation(&token, random_uid(), by.clone(), now).map_err(|error| broken(name, error))?;
            Ok((begun, plan, secret.clone()))
        })?;
        Ok(StartedRotation { name: name.clone(), _lease: lease, begun, plan, secret })
    }

    /// Calls the hook for each step of a rotation that was begun, and finishes it. `progress` is called before each step.
    #[expect(clippy::needless_pass_by_value, reason = "its lease ends with it")]
    pub(crate) fn continue_rotation(
        &self,
        started: StartedRotation,
        hooks: &dyn Hooks,
        now: Timestamp,
        progress: &mut dyn FnMut(Step),
    ) -> Result<Rotated> {
        let StartedRotation { name, begun, plan, .. } = &started;
        let mut secret = started.secret.clone();
        if self.files.is_rehearsal() {
            return Ok(Rotated { version: begun.token.clone(), attempts: begun.attempt });
        }
        // A function expects every step of every attempt, and does nothing in one that it has done.
        let is_function = matches!(plan.hook(), HookName::Lambda(_));
        let first = if is_function { Step::Create } else { begun.first };
        for step in Step::ALL.into_iter().filter(|step| *step >= first) {
            progress(step);
            match self.run_step(&secret, plan, begun, step, hooks) {
                Ok(Some(produced)) => secret = self.keep(name, begun, &produced, now)?,
                Ok(None) if step == Step::Create => secret = self.secret(name)?,
                Ok(None) => {}
                Err(failure) => return Err(self.record_failure(name, begun, step, failure, now)),
            }
            // Once `set` has begun, AWSCURRENT has to follow the service.
            if step == Step::Create && secret.rotation.as_ref().is_none_or(|rotation| !rotation.enabled) {
                return Err(broken(name, SecretError::RotationCancelled));
            }
        }
        let finish = if is_function { Secret::finish_function } else { Secret::finish_rotation };
        self.amend_secret(name, now, |secret| finish(secret, begun, now))?;
        Ok(Rotated { version: begun.token.clone(), attempts: begun.attempt })
    }

    /// Makes sure that no other process of this machine rotates the secret.
    pub(super) fn lease(&self, name: &SecretName) -> Result<LockedFile> {
        self.state.lease(name.as_str()).map_err(Error::from)?.ok_or_else(|| Error::Rotating(name.to_string()))
    }

    fn run_step(
        &self,
        secret: &Secret,
        plan: &ConfirmedPlan,
        begun: &Begun,
        step: Step,
        hooks: &dyn Hooks,
    ) -> std::result::Result<Option<Produced>, HookFailure> {
        let internal = |error: Error| HookFailure { reason: error.to_string(), kind: FailureKind::NotRun };
        let call = self.call(secret, plan, &begun.token, begun.attempt, step).map_err(internal)?;
        let produced = hooks.call(plan, &call)?;
        let failed = |reason: String| HookFailure { reason, kind: FailureKind::Failed };
        match produced {
            _ if step != Step::Create => Ok(None),
            Some(new) => {
                check_value(&new.value, new.binary).map_err(|error| failed(format!("the new value: {error}")))?;
                plan.check_value(&new.value).map_err(|error| failed(format!("the new value: {error}")))?;
                if call.current.is_some_and(|current| is_same(&current.value, &new.value)) {
                    return Err(failed("the hook returned the current value instead of a new one".into()));
                }
                Ok(Some(new))
            }
            None if self.has_pending_value(secret, begun).map_err(internal)? => Ok(None),
            None => Err(failed("the hook returned no new value".into())),
        }
    }

    /// Whether the hook has put the new value itself, as AWS rotation functions do.
    fn has_pending_value(&self, secret: &Secret, begun: &Begun) -> Result<bool> {
        let now = self.secret(&secret.name)?;
        Ok(now.version(&begun.token).is_some_and(|pending| pending.content.is_some()))
    }

    /// Seals the value from `create` into the pending version.
    fn keep(&self, name: &SecretName, begun: &Begun, produced: &Produced, now: Timestamp) -> Result<Secret> {
        self.amend(name, now, |secret: &mut Secret| {
            let pending = secret.version(&begun.token).ok_or_else(|| broken(name, SecretError::RotationMoved))?;
            let place = Place::of(secret, pending.uid, ValueType::of_secret(produced.binary));
            let content = self.seal(&place, None, &produced.value)?;
            secret.keep_pending(begun, content, now).map_err(|error| broken(name, error))?;
            Ok(secret.clone())
        })
    }

    /// Writes the failure into the document. If even that fails, the previous state can be resumed as well, and the
    /// hook's failure is what the user needs to know.
    fn record_failure(
        &self,
        name: &SecretName,
        begun: &Begun,
        step: Step,
        failure: HookFailure,
        now: Timestamp,
    ) -> Error {
        let reason: String = failure.reason.chars().take(REASON_LIMIT).collect();
        let recorded = self.amend_secret(name, now, |secret| {
            let failed = match failure.kind {
                FailureKind::Refused => secret.refuse_pending(begun, &random_version_id(), random_uid(), now),
                FailureKind::NotRun | FailureKind::Failed => Ok(begun.clone()),
            };
            failed.and_then(|begun| secret.fail_rotation(&begun, step, &reason, now))
        });
        match recorded {
            Err(moved @ Error::Secret { error: SecretError::RotationMoved, .. }) => moved,
            _ => Error::Hook { name: name.to_string(), step, failure },
        }
    }
}
