//! `DeleteResourcePolicy` (secrets-manager §7, resource policies): without one, nothing happens.

use super::faults;
use super::policy_name::{is_default, policy_name};
use super::target::{Target, secret_id};
use crate::serve::answer::Answer;
use crate::serve::call::Call;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let (id, name) = (secret_id(&members), policy_name(&members));
    members.check()?;
    if !is_default(name) {
        return Err(faults::invalid_parameter("You can only delete the default resource policy.").into());
    }
    let target = Target::find(call, id)?;
    call.allow(&target.changing("secretsmanager:DeleteResourcePolicy"))?;
    let secret = target.primary()?;
    call.vault()?.update_secret(&secret.name, call.now, |secret| {
        secret.remove_resource_policy();
        Ok(())
    })?;
    target.answer(secret)
}
