//! `AddTagsToResource` (parameter-store §6).

use super::tagged::{Resource, refused};
use super::tags;
use crate::model::trust::Kind;
use crate::serve::answer::{Answer, nothing};
use crate::serve::call::Call;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let resource = Resource::of(&members);
    members.structures("Tags").required();
    let tags = tags::read(&members);
    members.check()?;
    let (name, _) = resource.find(call, |ask, _, name| tags::asked(ask.writes(Kind::Parameter, name), &tags))?;
    call.vault()?.tag(&name, &tags, call.now).map_err(|error| refused(&error, &name))?;
    nothing()
}
