//! `TagResource` (secrets-manager §7).

use super::given_tags::GivenTags;
use super::target::{Target, secret_id};
use crate::serve::answer::{Answer, empty};
use crate::serve::call::Call;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = secret_id(&members);
    members.structures("Tags").required();
    let tags = GivenTags::of(&members);
    members.check()?;
    let set = tags.set()?;
    let target = Target::find(call, id)?;
    call.allow(&tags.told(target.changing("secretsmanager:TagResource")))?;
    let secret = target.primary()?;
    call.vault()?.update_secret(&secret.name, call.now, |secret| secret.tag(&set))?;
    empty()
}
