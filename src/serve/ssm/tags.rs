//! Tags, as requests state them (parameter-store §6).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::tag::Tag;
use crate::serve::ask::Ask;
use crate::serve::members::Members;

const PATTERN: &str = r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$";

/// The tags of a request; of two with one key the last counts. Ask [`Members::check`] before they are used.
pub(super) fn read(members: &Members<'_>) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::new();
    for (number, tag) in (1..).zip(members.structures("Tags").count(0..=1000).or_none()) {
        let key = text(members, tag, (number, "Key"), 1..=128);
        let value = text(members, tag, (number, "Value"), 0..=256);
        tags.insert(key, value);
    }
    tags
}

/// The question with what it says of tags.
pub(super) fn asked<'a>(ask: Ask<'a>, tags: &BTreeMap<String, String>) -> Ask<'a> {
    tags.iter().fold(ask, |ask, (key, value)| ask.with(format!("aws:RequestTag/{key}"), value).with("aws:TagKeys", key))
}

fn text(
    members: &Members<'_>,
    tag: &Map<String, Value>,
    (number, member): (usize, &str),
    length: std::ops::RangeInclusive<usize>,
) -> String {
    let name = format!("tags.{number}.member.{}", member.to_lowercase());
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
