//! Decrypts the values of the tree, and computes the MAC over them on the way.

use zeroize::Zeroizing;

use sha2::{Digest, Sha512};

use super::error::SopsError;
use super::rules::Rules;
use super::value::{DataKey, Kind, canonical_number};
use crate::inject::foreign::tree::Tree;

/// A walk through all values, in their order.
pub(super) struct Walk<'a> {
    pub(super) rules: &'a Rules,
    pub(super) key: &'a DataKey,
    pub(super) mac: Sha512,
    pub(super) only_encrypted: bool,
    pub(super) numbers_are_floats: bool,
}

impl Walk<'_> {
    /// Elements of lists have the path of their list.
    pub(super) fn tree(&mut self, tree: Tree, path: &mut Vec<String>) -> Result<Tree, SopsError> {
        Ok(match tree {
            Tree::Map(members) => {
                let mut opened = Vec::with_capacity(members.len());
                for (key, tree) in members {
                    path.push(key.clone());
                    opened.push((key, self.tree(tree, path)?));
                    path.pop();
                }
                Tree::Map(opened)
            }
            Tree::List(elements) => {
                let opened = elements.into_iter().map(|element| self.tree(element, path));
                Tree::List(opened.collect::<Result<_, _>>()?)
            }
            Tree::Null => Tree::Null,
            leaf if self.rules.is_encrypted(path) => self.opened(&leaf, path)?,
            leaf => {
                if !self.only_encrypted {
                    self.mac.update(self.as_hashed(&leaf).as_bytes());
                }
                leaf
            }
        })
    }

    fn opened(&mut self, leaf: &Tree, path: &[String]) -> Result<Tree, SopsError> {
        let place = || path.join("/");
        let text = leaf.text().ok_or_else(|| SopsError::NotEncrypted(place()))?;
        // An empty text is not encrypted.
        if text.is_empty() {
            return Ok(leaf.clone());
        }
        let additional = format!("{}:", path.join(":"));
        let value = self.key.open(text, additional.as_bytes()).map_err(|not_opened| not_opened.at(place()))?;
        self.mac.update(value.hashed());
        let kind = value.kind;
        let mut bytes = value.bytes;
        let text = String::from_utf8(std::mem::take(&mut *bytes)).map_err(|error| {
            drop(Zeroizing::new(error.into_bytes()));
            SopsError::NotText(place())
        })?;
        Ok(match kind {
            Kind::Text => Tree::Text(Zeroizing::new(text)),
            Kind::Number => Tree::Bare(Zeroizing::new(text)),
            Kind::Truth => Tree::Bare(Zeroizing::new(text.to_lowercase())),
        })
    }

    /// A value that is not encrypted, as it counts for the MAC.
    fn as_hashed(&self, leaf: &Tree) -> String {
        match leaf {
            Tree::Bare(text) => canonical_number(text, self.numbers_are_floats),
            leaf => leaf.text().unwrap_or_default().to_owned(),
        }
    }
}
