//! `UntagResource` (secrets-manager §7): a tag that is missing is no error.

use super::target::{Target, secret_id};
use crate::serve::answer::{Answer, empty};
use crate::serve::call::Call;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = secret_id(&members);
    let keys = members.texts("TagKeys").required().each_length(1..=128).or_none();
    members.check()?;
    let target = Target::find(call, id)?;
    let told = keys.iter().map(|key| ("aws:TagKeys", *key));
    call.allow(&target.changing("secretsmanager:UntagResource").with_all(told))?;
    let secret = target.primary()?;
    let keys: Vec<String> = keys.into_iter().map(str::to_owned).collect();
    call.vault()?.update_secret(&secret.name, call.now, |secret| {
        secret.untag(&keys);
        Ok(())
    })?;
    if !secret.tags.is_empty() {
        call.untagged().add(secret.id);
    }
    empty()
}
