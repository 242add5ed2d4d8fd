//! Tags, as requests state them (parameter-store §6).

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::model::tag::Tag;
use crate::serve::ask::Ask;
use crate::serve::members::Members;

const PATTERN: &str = r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$";

/// The tags of a request; of two with one key the last counts. Ask [`Members::check`] before they are used.
pub(super) fn read(members: &Members<'_>) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::new();
    for (number, tag) in (1..).zip(members.structures("Tags").count(0..=1000).or_none()) {
        let text = |member, length| text(members, tag, &format!("tags.{number}.member."), member, length);
        tags.insert(text("Key", 1..=128), text("Value", 0..=256));
    }
    tags
}

/// The question with what it says of tags.
pub(super) fn asked<'a>(ask: Ask<'a>, tags: &BTreeMap<String, String>) -> Ask<'a> {
    let tags_of = |(key, value)| [(format!("aws:RequestTag/{key}"), value), ("aws:TagKeys".to_owned(), key)];
    ask.with_all(tags.iter().flat_map(tags_of))
}

fn text(
    members: &Members<'_>,
    tag: &Map<String, Value>,
    place: &str,
    member: &str,
    length: RangeInclusive<usize>,
) -> String {
    let name = format!("{place}{}", member.to_lowercase());
    let Some(text) = tag.get(member).and_then(Value::as_str) else {
        members.violate_absent(&name);
        return String::new();
    };
    let count = text.chars().count();
    if count < *length.start() {
        members.violate_unseen(&name, &format!("have length greater than or equal to {}", length.start()));
    }
    if count > *length.end() {
        members.violate_unseen(&name, &format!("have length less than or equal to {}", length.end()));
    }
    if !Tag::is_written(text) {
        members.violate_unseen(&name, &format!("satisfy regular expression pattern: {PATTERN}"));
    }
    text.to_owned()
}
