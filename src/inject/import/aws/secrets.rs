//! `get-secret-value` and `batch-get-secret-value`: the versions of a secret may come in several answers.

use std::collections::BTreeSet;

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::answer::text_of;
use super::grouped::Grouped;
use crate::inject::foreign::tree::Tree;
use crate::inject::import::item::{Content, Item, ItemError, SecretContent, SecretVersion};
use crate::model::secret::Stage;
use crate::model::value::SecretValue;

/// Secrets by name, in the order in which they first occur.
#[derive(Default)]
pub(super) struct Secrets(Grouped<SecretVersion>);

impl Secrets {
    pub(super) fn add(&mut self, element: &Tree) {
        self.0.add(text_of(element, "Name"), version(element), |known, new| known.id.is_some() && known.id == new.id);
    }

    pub(super) fn into_items(self) -> impl Iterator<Item = Item> {
        self.0.into_inner().map(|(name, versions)| {
            let sorted = |mut versions: Vec<SecretVersion>| {
                versions.sort_by_key(|version| age(&version.stages));
                Content::Secret(SecretContent { versions, ..SecretContent::default() })
            };
            Item { name, content: versions.map(sorted) }
        })
    }
}

/// The previous version comes before the current one, and a pending one after it.
fn age(stages: &BTreeSet<Stage>) -> u8 {
    let order = [Stage::previous(), Stage::current(), Stage::pending()];
    match order.map(|stage| stages.contains(&stage)) {
        [_, true, _] => 2,
        [_, _, true] => 3,
        [true, ..] => 1,
        _ => 0,
    }
}

fn version(element: &Tree) -> Result<SecretVersion, ItemError> {
    let text = element.member("SecretString").and_then(Tree::text);
    let binary = element.member("SecretBinary").and_then(Tree::text);
    let value = match (text, binary) {
        (Some(text), None) => SecretValue::from_text(text.to_owned()),
        (None, Some(encoded)) => {
            let decoded = BASE64.decode(encoded.as_bytes()).map_err(|_| ItemError::Field("SecretBinary"))?;
            SecretValue::new(Zeroizing::new(decoded))
        }
        _ => return Err(ItemError::Field("SecretString")),
    };
    let stages = element.member("VersionStages").and_then(Tree::list).unwrap_or_default();
    let stage = |stage: &Tree| stage.text().and_then(|text| text.parse().ok()).ok_or(ItemError::Field("VersionStages"));
    Ok(SecretVersion {
        id: text_of(element, "VersionId").parse().ok(),
        value,
        binary: binary.is_some(),
        stages: stages.iter().map(stage).collect::<Result<_, _>>()?,
    })
}
