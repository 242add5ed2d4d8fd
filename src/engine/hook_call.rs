//! What a hook gets for one step: the values of the secret, and that of an administrator's secret besides.

use std::collections::BTreeMap;

use super::error::Result;
use super::parameters::random_version_id;
use super::plan::ConfirmedPlan;
use super::secrets::broken;
use super::vault::Vault;
use crate::model::arn::{Arn, Suffix};
use crate::model::hook::{HookCall, HookValue, Step};
use crate::model::name::SecretName;
use crate::model::sealed::Sealed;
use crate::model::secret::{Secret, SecretError, SecretVersion, Stage, VersionId};

impl Vault<'_> {
    /// What the hook of a plan gets for one step.
    pub(super) fn call(
        &self,
        secret: &Secret,
        plan: &ConfirmedPlan,
        token: &VersionId,
        attempt: u64,
        step: Step,
    ) -> Result<HookCall> {
        let at = |stage: Stage| self.staged_value(secret, &stage);
        let fits = |value: &HookValue| plan.check_value(&value.value).is_ok();
        let (current, pending) = (at(Stage::current())?, at(Stage::pending())?);
        check_admin(plan, current.as_ref())?;
        [&current, &pending].into_iter().flatten().try_for_each(|value| plan.check_value(&value.value))?;
        // One that can no longer be opened, or is for another place, is useless, and must not block the rotation.
        let aborted = secret.aborted().into_iter().filter_map(|version| self.hook_value(secret, version).ok());
        Ok(HookCall {
            step,
            secret: secret.name.clone(),
            token: token.to_string(),
            attempt,
            previous: at(Stage::previous())?.filter(fits),
            aborted: aborted.filter(fits).collect(),
            current,
            pending,
            admin: self.admin(plan)?,
            options: plan.terms().options_of_hook(),
        })
    }

    /// The value that a stage is on, as a hook gets it.
    pub(crate) fn staged_value(&self, secret: &Secret, stage: &Stage) -> Result<Option<HookValue>> {
        let version = secret.staged(stage).filter(|version| version.content.is_some());
        version.map(|version| self.hook_value(secret, version)).transpose()
    }

    pub(super) fn hook_value(&self, secret: &Secret, version: &SecretVersion) -> Result<HookValue> {
        let binary = version.content.as_ref().is_some_and(Sealed::is_binary);
        Ok(HookValue { version_id: version.id().to_string(), binary, value: self.reveal(secret, version)? })
    }

    /// Refuses a rotation before anything starts if its values say something else than its plan.
    pub(crate) fn check_planned_values(&self, secret: &Secret, plan: &ConfirmedPlan) -> Result<()> {
        let current = self.staged_value(secret, &Stage::current())?;
        let pending = self.staged_value(secret, &Stage::pending())?;
        check_admin(plan, current.as_ref())?;
        [current, pending].iter().flatten().try_for_each(|value| plan.check_value(&value.value))
    }

    /// The current value of the administrator's secret.
    fn admin(&self, plan: &ConfirmedPlan) -> Result<Option<HookValue>> {
        let Some(name) = plan.admin() else { return Ok(None) };
        let admin = self.live_secret(name)?;
        let version = admin.select(None, None).map_err(|error| broken(name, error))?;
        self.hook_value(&admin, version).map(Some)
    }
}

/// What a test of a hook needs to know about a secret that does not exist.
#[must_use]
pub(crate) fn trial_call(
    hook_secret: &SecretName,
    step: Step,
    current: HookValue,
    pending: Option<HookValue>,
    options: &BTreeMap<String, String>,
) -> HookCall {
    HookCall {
        step,
        secret: hook_secret.clone(),
        token: random_version_id().to_string(),
        attempt: 1,
        current: Some(current),
        pending,
        previous: None,
        aborted: Vec::new(),
        admin: None,
        options: options.clone(),
    }
}

/// `masterarn` in the value may name the administrator of the plan too, but no other one.
fn check_admin(plan: &ConfirmedPlan, current: Option<&HookValue>) -> Result<()> {
    let agrees = |arn: &str| plan.admin().is_some_and(|name| is_arn_of(arn, name.as_str()));
    match current.and_then(masterarn).filter(|arn| !agrees(arn)) {
        Some(_) => Err(broken(plan.secret(), SecretError::OtherAdmin)),
        None => Ok(()),
    }
}

/// What a JSON value says about its administrator.
fn masterarn(value: &HookValue) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Master {
        masterarn: Option<String>,
    }
    let master: Master = serde_json::from_slice(value.value.reveal()).ok()?;
    master.masterarn.filter(|arn| !arn.is_empty())
}

/// Whether it is the name itself, or an ARN with or without its suffix.
fn is_arn_of(text: &str, name: &str) -> bool {
    let Some(arn) = Arn::parse(text) else { return text == name };
    arn.secret().is_some_and(|named| named == name || Suffix::split(named).is_some_and(|(before, _)| before == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_of_one_name() {
        let arn = |name: &str| format!("arn:aws:secretsmanager:eu-west-1:123456789012:secret:{name}");
        for good in ["prod/db-master".to_owned(), arn("prod/db-master"), arn("prod/db-master-Ab12Cd")] {
            assert!(is_arn_of(&good, "prod/db-master"), "{good}");
        }
        let (other, twice) = (arn("prod/root"), arn("prod/db-master-Ab12Cd-Ab12Cd"));
        let parameter = "arn:aws:ssm:eu-west-1:123456789012:secret:prod/db-master";
        for bad in ["", "arn:", "prod/db", "db-master", "prod/db-master-Ab12Cd", parameter, &other, &twice] {
            assert!(!is_arn_of(bad, "prod/db-master"), "{bad}");
        }
    }
}
