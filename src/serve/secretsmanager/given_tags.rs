//! `Tags`: pairs of texts, each key once.

use std::collections::BTreeMap;

use crate::model::secret::SecretError;
use crate::model::tag::{Tag, TagError};
use crate::serve::ask::Ask;
use crate::serve::call::Call;
use crate::serve::fault::Fault;
use crate::serve::members::Members;

/// Tags as they are in a request.
pub(super) struct GivenTags<'b>(Vec<(&'b str, &'b str)>);

impl<'b> GivenTags<'b> {
    /// Reads the member.
    pub(super) fn of(members: &Members<'b>, is_required: bool) -> Self {
        let list = members.structures("Tags");
        let list = if is_required { list.required() } else { list }.or_none();
        let tags = (1..).zip(list).map(|(number, tag)| {
            members.inside(&format!("Tags.{number}.member"), tag, |tag| {
                (tag.text("Key").required().length(1..=128).or_empty(), tag.text("Value").length(0..=256).or_empty())
            })
        });
        GivenTags(tags.collect())
    }

    /// The set of them. A key that is given twice, or that no tag can have, is refused.
    pub(super) fn set(&self, call: &Call<'_>) -> Result<BTreeMap<String, String>, Fault> {
        let tags: Result<Vec<Tag>, TagError> = self.0.iter().map(|(key, value)| Tag::new(key, value)).collect();
        let refused = |error| call.refusal("", SecretError::Tag(error));
        tags.and_then(Tag::set).map_err(refused)
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The condition keys for them.
    pub(super) fn told<'a>(&self, ask: Ask<'a>) -> Ask<'a> {
        let told = |ask: Ask<'a>, (key, value): &(&str, &str)| {
            ask.with(format!("aws:RequestTag/{key}"), *value).with("aws:TagKeys", *key)
        };
        self.0.iter().fold(ask, told)
    }
}
