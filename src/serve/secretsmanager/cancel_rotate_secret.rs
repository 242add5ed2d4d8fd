//! `CancelRotateSecret` (secrets-manager §8): rules and function stay, and so does what an unfinished rotation left.

use super::target::{Target, secret_id};
use crate::aws::rotate_secret::RotateSecret;
use crate::model::secret::SecretVersion;
use crate::serve::answer::{Answer, answer};
use crate::serve::call::Call;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = secret_id(&members);
    members.check()?;
    let target = Target::find(call, id)?;
    call.allow(&target.changing("secretsmanager:CancelRotateSecret"))?;
    let secret = target.primary()?;
    let left = call.vault()?.cancel_rotation(&secret.name, call.now)?;
    let left = left.or_else(|| secret.rotating().ok().map(SecretVersion::id));
    answer(&RotateSecret { arn: Some(target.arn.clone()), ..RotateSecret::of(&secret.name, left.as_ref()) })
}
