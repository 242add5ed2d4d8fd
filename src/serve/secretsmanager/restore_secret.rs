//! `RestoreSecret` (secrets-manager §7): one that is not marked for deletion stays as it is.

use super::target::{Target, secret_id};
use crate::serve::answer::Answer;
use crate::serve::call::Call;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = secret_id(&members);
    members.check()?;
    let target = Target::find(call, id)?;
    call.allow(&target.changing("secretsmanager:RestoreSecret"))?;
    let secret = target.secret()?;
    call.vault()?.restore_secret(&secret.name, call.now)?;
    target.answer(secret)
}
