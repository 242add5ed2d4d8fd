//! `Tags`: pairs of texts, each key once.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::secret::SecretError;
use crate::model::tag::{Tag, TagError};
use crate::serve::ask::Ask;
use crate::serve::call::Call;
use crate::serve::fault::Fault;
use crate::serve::members::Members;

/// Tags as they are in a request.
pub(super) struct GivenTags<'b>(Vec<(&'b str, &'b str)>);

/// The longest key and value.
const LIMITS: [(&str, usize); 2] = [("key", 128), ("value", 256)];

impl<'b> GivenTags<'b> {
    /// Reads the member.
    pub(super) fn of(members: &Members<'b>, is_required: bool) -> Self {
        let list = members.structures("Tags");
        let list = if is_required { list.required() } else { list }.or_none();
        let text = |tag: &'b serde_json::Map<String, Value>, name| tag.get(name).and_then(Value::as_str);
        let mut tags = Vec::new();
        for (number, tag) in (1..).zip(list) {
            let pair = ["Key", "Value"].map(|name| text(tag, name).unwrap_or_default());
            for (text, (name, limit)) in pair.iter().zip(LIMITS) {
                let member = format!("Tags.{number}.member.{name}");
                if text.chars().count() > limit {
                    members.violate(&member, text, &format!("have length less than or equal to {limit}"));
                }
                if name == "key" && text.is_empty() {
                    members.violate(&member, text, "have length greater than or equal to 1");
                }
            }
            tags.push(pair.into());
        }
        GivenTags(tags)
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
