//! `ListTagsForResource` (parameter-store §6).

use serde::Serialize;

use super::tagged::Resource;
use crate::aws::tag::Tag;
use crate::serve::answer::{Answer, answer};
use crate::serve::call::Call;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListTagsForResource {
    tag_list: Vec<Tag>,
}

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let resource = Resource::of(&members);
    members.check()?;
    let (_, parameter) = resource.find(call, |ask, _, _| ask)?;
    answer(&ListTagsForResource { tag_list: Tag::list(&parameter.tags) })
}
