//! What sops keeps beside the values.

use super::SopsError;
use super::rules::Rules;
use super::value::DataKey;
use crate::inject::import::OpenDataKey;
use crate::store::tree::Tree;

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
        let field = |wanted: &str| fields.iter().find(|(name, _)| name == wanted).map(|(_, text)| text.as_str());
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
