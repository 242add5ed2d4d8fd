//! `Tags`: pairs of texts, each key once.

use std::collections::BTreeMap;

use super::faults;
use crate::model::secret::SecretError;
use crate::model::tag::{Tag, TagError};
use crate::serve::ask::Ask;
use crate::serve::fault::Fault;
use crate::serve::members::Members;

/// Tags as they are in a request.
pub(super) struct GivenTags<'b>(Vec<(&'b str, &'b str)>);

impl<'b> GivenTags<'b> {
    pub(super) fn of(members: &Members<'b>) -> Self {
        let tags = (1..).zip(members.structures("Tags").or_none()).map(|(number, tag)| {
            members.inside(&format!("Tags.{number}.member"), tag, |tag| {
                (tag.text("Key").required().length(1..=128).or_empty(), tag.text("Value").length(0..=256).or_empty())
            })
        });
        GivenTags(tags.collect())
    }

    /// The set of them. A key that is given twice, or that no tag can have, is refused.
    pub(super) fn set(&self) -> Result<BTreeMap<String, String>, Fault> {
        let tags: Result<Vec<Tag>, TagError> = self.0.iter().map(|(key, value)| Tag::new(key, value)).collect();
        tags.and_then(Tag::set).map_err(|error| faults::refusal("", SecretError::Tag(error)))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The condition keys for them.
    pub(super) fn told<'a>(&self, ask: Ask<'a>) -> Ask<'a> {
        let told = |(key, value): &(&'b str, &'b str)| {
            [(format!("aws:RequestTag/{key}"), *value), ("aws:TagKeys".to_owned(), *key)]
        };
        ask.with_all(self.0.iter().flat_map(told))
    }
}
