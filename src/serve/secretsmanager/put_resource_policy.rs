//! `PutResourcePolicy` (secrets-manager §7, resource policies).

use super::policy_name::{is_default, policy_name};
use super::target::{Target, secret_id};
use crate::model::secret::PublicAccess;
use crate::serve::answer::Answer;
use crate::serve::call::Call;
use crate::serve::fault::Fault;

/// The longest policy, in characters.
pub(super) const LIMIT: i64 = 20_480;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let (id, name) = (secret_id(&members), policy_name(&members));
    let policy = members.text("ResourcePolicy").required().length(1..=LIMIT).or_empty();
    let block = members.flag("BlockPublicPolicy");
    members.check()?;
    if !is_default(name) {
        let text = "You can only attach the default resource policy.";
        return Err(Fault::new(call.service(), "InvalidParameterException", text));
    }
    let target = Target::find(call, id)?;
    let ask = target.changing("secretsmanager:PutResourcePolicy");
    call.allow(&block.iter().fold(ask, |ask, block| ask.with("secretsmanager:BlockPublicPolicy", block.to_string())))?;
    let secret = target.primary(call)?;
    let public = if block == Some(true) { PublicAccess::Block } else { PublicAccess::Allow };
    let put = call.vault()?.update_secret(&secret.name, call.now, |secret| secret.set_resource_policy(policy, public));
    put.map_err(|error| call.fault(&error))?;
    target.answer(secret)
}
