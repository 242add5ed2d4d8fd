//! `RemoveTagsFromResource` (parameter-store §6).

use super::tagged::{Resource, refused};
use crate::model::trust::Kind;
use crate::serve::answer::{Answer, nothing};
use crate::serve::call::Call;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let resource = Resource::of(&members);
    let keys = members.texts("TagKeys").required().each_length(1..=128).or_none();
    members.check()?;
    let (name, _) = resource.find(call, |ask, _, name| {
        ask.writes(Kind::Parameter, name).with_all(keys.iter().map(|key| ("aws:TagKeys", *key)))
    })?;
    let keys: Vec<String> = keys.into_iter().map(str::to_owned).collect();
    call.vault()?.untag(&name, &keys, call.now).map_err(|error| refused(&error, &name))?;
    nothing()
}
