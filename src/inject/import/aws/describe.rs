//! `describe-parameters`, `list-secrets` and `describe-secret`: what belongs to the values of another file.

use std::collections::{BTreeMap, HashMap};

use super::answer::{documents, is_answer, text_of};
use super::parameters::settings;
use crate::inject::foreign::tree::Tree;
use crate::inject::import::error::ImportError;
use crate::inject::import::item::{Content, Item, ItemError};
use crate::model::parameter::PutRequest;

/// Descriptions by name.
#[derive(Debug, Default)]
pub struct Descriptions {
    parameters: HashMap<String, Result<PutRequest, ItemError>>,
    secrets: HashMap<String, (String, BTreeMap<String, String>)>,
}

impl Descriptions {
    /// Reads the output of one of these commands.
    pub fn read(text: &str) -> Result<Self, ImportError> {
        let mut all = Descriptions::default();
        for document in documents(text)? {
            if !is_answer(&document) {
                return Err(ImportError::NotAws);
            }
            let list = |key: &str| document.member(key).and_then(Tree::list).unwrap_or_default();
            for element in list("Parameters") {
                all.parameters.insert(text_of(element, "Name").to_owned(), settings(element));
            }
            for element in list("SecretList") {
                all.add_secret(element);
            }
            if document.member("VersionIdsToStages").is_some() {
                all.add_secret(&document);
            }
        }
        Ok(all)
    }

    fn add_secret(&mut self, element: &Tree) {
        let tags = element.member("Tags").and_then(Tree::list).unwrap_or_default();
        let tags = tags.iter().map(|tag| (text_of(tag, "Key").to_owned(), text_of(tag, "Value").to_owned()));
        let described = (text_of(element, "Description").to_owned(), tags.collect());
        self.secrets.insert(text_of(element, "Name").to_owned(), described);
    }

    /// Adds what the item itself does not state. Descriptions are those of the newest version.
    pub(crate) fn complete(&self, item: &mut Item) {
        let parameter = match self.parameters.get(&item.name).cloned().transpose() {
            Ok(parameter) => parameter,
            Err(error) => {
                item.content = Err(error);
                return;
            }
        };
        match &mut item.content {
            Ok(Content::Parameter(versions)) => {
                if let (Some((_, request)), Some(described)) = (versions.last_mut(), parameter) {
                    request.tier = described.tier.or(request.tier);
                    request.data_type = request.data_type.or(described.data_type);
                    request.description = request.description.take().or(described.description);
                    request.allowed_pattern = request.allowed_pattern.take().or(described.allowed_pattern);
                    request.policies = request.policies.take().or(described.policies);
                }
            }
            Ok(Content::Secret(secret)) => {
                if let Some((description, tags)) = self.secrets.get(&item.name) {
                    (secret.description, secret.tags) = (description.clone(), tags.clone());
                }
            }
            _ => {}
        }
    }
}
