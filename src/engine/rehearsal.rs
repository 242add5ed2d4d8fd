//! The test of a rotation: its test step alone, with a copy of the current value as the pending one.

use std::collections::BTreeSet;

use super::error::{Error, Result};
use super::hooks::Hooks;
use super::parameters::random_version_id;
use super::rotate::StartedRotation;
use super::secrets::{Masks, NewValue, broken};
use super::vault::Vault;
use crate::model::hook::{HookName, HookValue, Step};
use crate::model::name::SecretName;
use crate::model::secret::{Begun, Secret, SecretError, Stage, VersionId};
use crate::model::time::Timestamp;

impl Vault<'_> {
    /// Runs only the test step, with a copy of the current value as the pending one. Writes nothing, unless the hook is a function,
    /// which looks for the pending version in the vault.
    pub(crate) fn test_rotation(&self, name: &SecretName, hooks: &dyn Hooks, now: Timestamp) -> Result<()> {
        let secret = self.live_secret(name)?;
        let plan = self.confirmed_plan(&secret)?;
        if matches!(plan.hook(), HookName::Lambda(_)) {
            return self.rehearse_rotation(self.begin_rehearsal(name, None, now)?, hooks, now);
        }
        let current = secret.staged(&Stage::current()).ok_or_else(|| broken(name, SecretError::NothingToRotate))?;
        let token = random_version_id();
        let mut call = self.call(&secret, &plan, &token, 1, Step::Test)?;
        let copy = self.hook_value(&secret, current)?;
        call.pending = Some(HookValue { version_id: token.to_string(), ..copy });
        let outcome = hooks.call(&plan, &call);
        outcome.map(drop).map_err(|failure| Error::TriedHook { name: name.to_string(), step: Step::Test, failure })
    }

    /// Stores a copy of the current value as the pending version, for its test alone (`RotateImmediately: false`).
    pub(crate) fn begin_rehearsal(
        &self,
        name: &SecretName,
        token: Option<&VersionId>,
        now: Timestamp,
    ) -> Result<StartedRotation> {
        let lease = self.lease(name)?;
        let token = token.cloned().unwrap_or_else(random_version_id);
        let pending = BTreeSet::from([Stage::pending()]);
        let (plan, secret) = self.amend(name, now, |secret: &mut Secret| {
            let plan = self.confirmed_plan(secret)?;
            let failed = |error| Err(broken(name, error));
            if secret.is_rotating() {
                return failed(SecretError::AlreadyRotating);
            }
            if secret.version(&token).is_some() {
                return failed(SecretError::TokenInUse(token.clone()));
            }
            let Some(current) = self.staged_value(secret, &Stage::current())? else {
                return failed(SecretError::NothingToRotate);
            };
            let copy = NewValue { value: current.value, binary: current.binary, masks: Masks::Allow };
            self.store(secret, &copy, Some(&token), Some(&pending), now)?;
            Ok((plan, secret.clone()))
        })?;
        let begun = Begun { token, attempt: 1, first: Step::Test };
        Ok(StartedRotation { name: name.clone(), _lease: lease, begun, plan, secret })
    }

    /// Tests the version that was stored for that, and removes it.
    #[expect(clippy::needless_pass_by_value, reason = "its lease ends with it")]
    pub(crate) fn rehearse_rotation(&self, started: StartedRotation, hooks: &dyn Hooks, now: Timestamp) -> Result<()> {
        let StartedRotation { name, begun, plan, secret, .. } = &started;
        let call = self.call(secret, plan, &begun.token, begun.attempt, Step::Test);
        let outcome = call.map(|call| hooks.call(plan, &call));
        let ended = self.update_secret(name, now, |secret| secret.end_rehearsal(&begun.token, now));
        let tried = |failure| Error::TriedHook { name: name.to_string(), step: Step::Test, failure };
        outcome?.map_err(tried)?;
        ended
    }
}
