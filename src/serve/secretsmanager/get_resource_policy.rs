//! `GetResourcePolicy` (secrets-manager §7, resource policies): without one, ARN and name only.

use super::faults;
use super::policy_name::{is_default, policy_name};
use super::target::{Target, secret_id};
use crate::aws::resource_policy::GetResourcePolicy;
use crate::serve::answer::{Answer, answer};
use crate::serve::call::Call;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let (id, name) = (secret_id(&members), policy_name(&members));
    members.check()?;
    let target = Target::find(call, id)?;
    call.allow(&target.ask("secretsmanager:GetResourcePolicy"))?;
    let secret = target.live()?;
    if !is_default(name) {
        return Err(faults::not_found("Secrets Manager can't find the specified resource policy.").into());
    }
    answer(&GetResourcePolicy {
        arn: Some(target.arn.clone()),
        name: secret.name.to_string(),
        resource_policy: secret.resource_policy.clone(),
    })
}
