//! `DeleteSecret` (secrets-manager §7).

use rand::Rng;
use rand::distributions::Alphanumeric;
use rand::rngs::OsRng;

use super::target::{Target, secret_id};
use super::{faults, regions};
use crate::aws::delete_secret::DeleteSecret;
use crate::engine::Error;
use crate::model::arn::Suffix;
use crate::model::secret::{RECOVERY_DAYS, Secret, SecretError, USUAL_RECOVERY_DAYS};
use crate::model::time::Timestamp;
use crate::serve::answer::{Answer, Seconds, answer};
use crate::serve::call::Call;
use crate::serve::fault::Fault;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = secret_id(&members);
    let window = members.number("RecoveryWindowInDays").value();
    let force = members.flag("ForceDeleteWithoutRecovery");
    members.check()?;
    let is_forced = force == Some(true);
    let days = days(window, is_forced)?;
    let target = Target::find(call, id)?;
    let force = force.map(|force| ("secretsmanager:ForceDeleteWithoutRecovery", force.to_string()));
    let window = (!is_forced).then(|| ("secretsmanager:RecoveryWindowInDays", days.to_string()));
    call.allow(&target.changing("secretsmanager:DeleteSecret").with_all(force).with_all(window))?;
    let Some(secret) = target.found() else {
        return if is_forced { invented(call, &target) } else { Err(faults::no_secret().into()) };
    };
    require_no_copies(call, &target.arn, secret)?;
    let vault = call.vault()?;
    let due = if is_forced {
        match vault.delete::<Secret>(&secret.name, call.now) {
            // Somebody else was faster.
            Ok(()) | Err(Error::NotFound { .. }) => call.now,
            Err(error) => return Err(error.into()),
        }
    } else {
        vault.schedule_deletion(&secret.name, days, call.now)?
    };
    respond(&target.arn, secret.name.as_str(), due)
}

fn days(window: Option<i64>, is_forced: bool) -> Result<u32, Fault> {
    let Some(window) = window else { return Ok(USUAL_RECOVERY_DAYS) };
    let days = u32::try_from(window).unwrap_or_default();
    if !RECOVERY_DAYS.contains(&days) {
        return Err(faults::refusal("", SecretError::RecoveryWindow(days)));
    }
    if is_forced {
        let text = "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.";
        return Err(faults::invalid_parameter(text));
    }
    Ok(days)
}

/// A secret whose copies would be orphans stays.
fn require_no_copies(call: &Call<'_>, arn: &str, secret: &Secret) -> Result<(), Fault> {
    if secret.replicas.is_empty() {
        return Ok(());
    }
    let regions: Vec<String> = secret.replicas.iter().map(|replica| regions::region_of(call, replica)).collect();
    let text = format!("You can't delete secret {arn} that still has replica regions [{}].", regions.join(", "));
    Err(faults::invalid_parameter(text))
}

/// What is deleted at once may be missing already: the answer is the same, with an ARN that no secret has had.
fn invented(call: &Call<'_>, target: &Target) -> Answer {
    let name = target.name().map(ToString::to_string).unwrap_or_default();
    let named = target.arn.rsplit_once(":secret:").map(|(_, named)| named);
    let arn = if named.is_some_and(|named| Suffix::split(named).is_some()) {
        target.arn.clone()
    } else {
        let suffix: String = OsRng.sample_iter(Alphanumeric).take(6).map(char::from).collect();
        format!("{}-{suffix}", target.arn)
    };
    respond(&arn, &name, call.now)
}

fn respond(arn: &str, name: &str, due: Timestamp) -> Answer {
    answer(&DeleteSecret { arn: Some(arn.to_owned()), name: name.to_owned(), deletion_date: Seconds::from(due) })
}
