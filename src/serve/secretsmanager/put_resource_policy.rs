//! `PutResourcePolicy` (secrets-manager §7, resource policies).

use super::faults;
use super::policy_name::{is_default, policy_name};
use super::target::{Target, secret_id};
use crate::model::secret::PublicAccess;
use crate::serve::answer::Answer;
use crate::serve::call::Call;

/// The longest policy, in characters.
pub(super) const LIMIT: i64 = 20_480;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let (id, name) = (secret_id(&members), policy_name(&members));
    let policy = members.text("ResourcePolicy").required().length(1..=LIMIT).or_empty();
    let block = members.flag("BlockPublicPolicy");
    members.check()?;
    if !is_default(name) {
        return Err(faults::invalid_parameter("You can only attach the default resource policy.").into());
    }
    let target = Target::find(call, id)?;
    let blocks = block.map(|block| ("secretsmanager:BlockPublicPolicy", block.to_string()));
    call.allow(&target.changing("secretsmanager:PutResourcePolicy").with_all(blocks))?;
    let secret = target.primary()?;
    let public = if block == Some(true) { PublicAccess::Block } else { PublicAccess::Allow };
    call.vault()?.update_secret(&secret.name, call.now, |secret| secret.set_resource_policy(policy, public))?;
    target.answer(secret)
}
