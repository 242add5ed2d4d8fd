//! A tag, as both services write it (parameter-store §6, secrets-manager §1).

use std::collections::BTreeMap;

use serde::Serialize;

/// One tag of a parameter or a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tag {
    /// 1–128 characters.
    pub key: String,
    /// Up to 256 characters.
    pub value: String,
}

impl Tag {
    /// Tags as a list, sorted by key.
    pub(crate) fn list(tags: &BTreeMap<String, String>) -> Vec<Tag> {
        tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::json;
    use super::*;

    #[test]
    fn tags_are_a_list_and_not_a_map() {
        let tags = Tag::list(&[("team".into(), "payments".into()), ("env".into(), String::new())].into());
        assert_eq!(json(&tags), json!([{ "Key": "env", "Value": "" }, { "Key": "team", "Value": "payments" }]));
    }
}
