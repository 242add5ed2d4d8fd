//! The metadata that sops stores with the values.

use std::collections::HashMap;

use super::error::SopsError;
use super::rules::Rules;
use super::value::DataKey;
use crate::inject::foreign::tree::Tree;
use crate::inject::import::sops::error::OpenDataKey;

pub(super) struct Metadata {
    pub(super) mac: String,
    pub(super) last_modified: String,
    pub(super) mac_only_encrypted: bool,
    pub(super) rules: Rules,
    /// Recipients, and the data key as age wrapped it for each.
    wraps: Vec<(String, String)>,
}

impl Metadata {
    /// From the `sops` member of a JSON or YAML file.
    pub(super) fn of_tree(tree: &Tree) -> Result<Self, SopsError> {
        if tree.member("key_groups").and_then(Tree::list).is_some_and(|groups| !groups.is_empty()) {
            return Err(SopsError::KeyGroups);
        }
        let wrap = |key: &Tree| {
            let text = |name: &'static str| {
                let text = key.member(name).and_then(Tree::text).map(str::to_owned);
                text.ok_or(SopsError::Metadata("age"))
            };
            Ok((text("recipient")?, text("enc")?))
        };
        let wraps = tree.member("age").and_then(Tree::list).unwrap_or_default().iter().map(wrap);
        Self::new(|name| tree.member(name)?.scalar(), wraps.collect::<Result<_, SopsError>>()?)
    }

    /// From a flat file, where `age__list_0__map_enc` is what `age[0].enc` is elsewhere, and line feeds are written `\n`.
    pub(super) fn of_flat(fields: &[(String, String)]) -> Result<Self, SopsError> {
        if fields.iter().any(|(name, _)| name.starts_with("key_groups__")) {
            return Err(SopsError::KeyGroups);
        }
        // The first of two fields with one name counts.
        let fields: HashMap<&str, &str> = fields.iter().rev().map(|(name, text)| (&**name, &**text)).collect();
        let field = |wanted: &str| fields.get(wanted).copied();
        let mut wraps = Vec::new();
        while let Some(recipient) = field(&format!("age__list_{}__map_recipient", wraps.len())) {
            let enc = field(&format!("age__list_{}__map_enc", wraps.len())).ok_or(SopsError::Metadata("age"))?;
            wraps.push((recipient.to_owned(), enc.replace("\\n", "\n")));
        }
        Self::new(field, wraps)
    }

    fn new<'a>(field: impl Fn(&str) -> Option<&'a str>, wraps: Vec<(String, String)>) -> Result<Self, SopsError> {
        let required = |name: &'static str| field(name).map(str::to_owned).ok_or(SopsError::Metadata(name));
        Ok(Metadata {
            mac: required("mac")?,
            last_modified: required("lastmodified")?,
            mac_only_encrypted: field("mac_only_encrypted") == Some("true"),
            rules: Rules::of(&field)?,
            wraps,
        })
    }

    pub(super) fn data_key(&self, open: &mut OpenDataKey<'_>) -> Result<DataKey, SopsError> {
        if self.wraps.is_empty() {
            return Err(SopsError::NoAge);
        }
        let opened = self.wraps.iter().find_map(|(_, wrapped)| open(wrapped.trim()));
        let recipients = || self.wraps.iter().map(|(recipient, _)| recipient.clone()).collect();
        let key = opened.ok_or_else(|| SopsError::NotARecipient(recipients()))?;
        DataKey::new(&key).ok_or(SopsError::Metadata("age"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_a_flat_file_are_found_and_the_first_of_two_counts() {
        let fields = [
            ("mac", "m"),
            ("lastmodified", "l"),
            ("mac", "other"),
            ("age__list_0__map_recipient", "r0"),
            ("age__list_0__map_enc", "a\\nb"),
            ("age__list_1__map_recipient", "r1"),
            ("age__list_1__map_enc", "c"),
            ("age__list_3__map_recipient", "r3"),
        ];
        let fields = fields.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let metadata = Metadata::of_flat(&fields).unwrap();
        assert_eq!((metadata.mac.as_str(), metadata.last_modified.as_str()), ("m", "l"));
        assert_eq!(metadata.wraps, [("r0".to_owned(), "a\nb".to_owned()), ("r1".to_owned(), "c".to_owned())]);
        assert_eq!(Metadata::of_flat(&fields[..4]).err(), Some(SopsError::Metadata("age")));
    }

    #[test]
    fn many_wraps_take_time_in_proportion() {
        let wrap = |n: usize| ["recipient", "enc"].map(|field| (format!("age__list_{n}__map_{field}"), String::new()));
        let own = ["mac", "lastmodified"].map(|name| (name.to_owned(), String::new()));
        let fields: Vec<(String, String)> = (0..100_000).flat_map(wrap).chain(own).collect();
        assert_eq!(Metadata::of_flat(&fields).unwrap().wraps.len(), 100_000);
    }
}
