//! `ValidateResourcePolicy` (secrets-manager §7, resource policies): for a secret, or for none.

use super::faults;
use super::put_resource_policy::LIMIT;
use super::target::Target;
use crate::aws::resource_policy::ValidateResourcePolicy;
use crate::model::secret::{PublicAccess, SecretError, check_policy};
use crate::serve::answer::{Answer, answer};
use crate::serve::ask::Ask;
use crate::serve::call::Call;

const ACTION: &str = "secretsmanager:ValidateResourcePolicy";

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = members.text("SecretId").length(1..=2048).value();
    let policy = members.text("ResourcePolicy").required().length(1..=LIMIT).or_empty();
    members.check()?;
    match id {
        Some(id) => {
            let target = Target::find(call, id)?;
            call.allow(&target.ask(ACTION))?;
            target.live()?;
        }
        None => call.allow(&Ask::new(ACTION, "*"))?,
    }
    let checked = check_policy(policy, PublicAccess::Block);
    // What cannot be read is not even a policy that fails a check.
    if let Err(error @ SecretError::Policy(_)) = checked {
        return Err(faults::refusal("", error).into());
    }
    answer(&ValidateResourcePolicy::from(checked))
}
