//! The administrator of a rotation: another secret, whose value a hook gets besides the one that is rotated.

use super::error::Result;
use super::plan::ConfirmedPlan;
use super::secrets::broken;
use super::vault::Vault;
use crate::model::arn::{Arn, Suffix};
use crate::model::hook::HookValue;
use crate::model::secret::{Secret, SecretError, Stage};

impl Vault<'_> {
    /// Refuses a rotation before anything starts if its values say something else than its plan.
    pub(crate) fn check_planned_values(&self, secret: &Secret, plan: &ConfirmedPlan) -> Result<()> {
        let current = self.staged_value(secret, &Stage::current())?;
        let pending = self.staged_value(secret, &Stage::pending())?;
        check_admin(plan, current.as_ref())?;
        [current, pending].iter().flatten().try_for_each(|value| plan.check_value(&value.value))
    }

    /// The current value of the administrator's secret.
    pub(super) fn admin(&self, plan: &ConfirmedPlan) -> Result<Option<HookValue>> {
        let Some(name) = plan.admin() else { return Ok(None) };
        let admin = self.live_secret(name)?;
        let version = admin.select(None, None).map_err(|error| broken(name, error))?;
        self.hook_value(&admin, version).map(Some)
    }
}

/// `masterarn` in the value may name the administrator of the plan too, but no other one.
pub(super) fn check_admin(plan: &ConfirmedPlan, current: Option<&HookValue>) -> Result<()> {
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
