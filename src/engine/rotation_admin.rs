//! The administrator of a rotation: another secret, whose value a hook gets besides the one that is rotated.

use super::error::{Error, Result};
use super::secrets::broken;
use super::vault::Vault;
use crate::model::arn::{Arn, Suffix};
use crate::model::hook::HookValue;
use crate::model::name::SecretName;
use crate::model::secret::{Rotation, Secret, SecretError, Stage};

impl Vault<'_> {
    /// Refuses a rotation whose value names a different administrator than its configuration, before anything starts.
    pub(super) fn require_configured_admin(&self, name: &SecretName) -> Result<()> {
        let secret = self.live_secret(name)?;
        let Some(rotation) = &secret.rotation else { return Ok(()) };
        let current = self.staged_value(&secret, &Stage::current())?;
        admin_name(&secret, rotation, current.as_ref()).map(drop)
    }

    /// The current value of the administrator's secret.
    pub(super) fn admin(
        &self,
        secret: &Secret,
        rotation: &Rotation,
        current: Option<&HookValue>,
    ) -> Result<Option<HookValue>> {
        let Some(name) = admin_name(secret, rotation, current)? else { return Ok(None) };
        let admin = self.live_secret(&name)?;
        let version = admin.select(None, None).map_err(|error| broken(&name, error))?;
        self.hook_value(&admin, version).map(Some)
    }
}

/// The secret that the option `admin` names. `masterarn` in the value may say the same, but has no effect: a machine
/// approves what is configured.
fn admin_name(secret: &Secret, rotation: &Rotation, current: Option<&HookValue>) -> Result<Option<SecretName>> {
    let configured = rotation.options.get("admin");
    let agrees = |arn: &str| configured.is_some_and(|name| is_arn_of(arn, name));
    if current.and_then(masterarn).is_some_and(|arn| !agrees(&arn)) {
        return Err(Error::Secret { name: secret.name.to_string(), error: SecretError::OtherAdmin });
    }
    Ok(configured.map(|name| name.parse()).transpose()?)
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
