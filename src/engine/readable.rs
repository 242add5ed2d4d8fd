//! What a member can read: the values under the keys whose readers include them.

use super::bulk::At;
use super::document::{AnyDocument, Document, with_values};
use super::error::Result;
use super::refused::Checked;
use super::valued::{Valuable, Valued};
use super::vault::Vault;
use crate::model::name::{KeyName, MemberName};
use crate::model::team::TeamError;
use crate::model::trust::{Kind, Trust};

/// A parameter or a secret that a member can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Readable {
    /// Parameter or secret.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The key that its newest readable version is encrypted under.
    pub key: KeyName,
    /// How many of its versions they can decrypt.
    pub versions: usize,
}

impl Vault<'_> {
    /// Every parameter and secret of which a member can decrypt a version, by kind and name. Opens no value.
    pub(crate) fn readable_by(&self, name: &MemberName) -> Result<Checked<Readable>> {
        let trust = self.trust();
        trust.member(name).ok_or_else(|| TeamError::NoSuchMember(name.clone()))?;
        let mut readable =
            self.sift(self.all_documents()?, |at, document| Ok(readable(&trust.trust, name, at, &document)))?;
        readable.found.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        Ok(readable)
    }
}

fn readable(trust: &Trust, member: &MemberName, at: &At, document: &AnyDocument) -> Option<Readable> {
    let keys: Vec<KeyName> = with_values!(document, it => keys(&**it), else Vec::new());
    let reads = |key: &KeyName| trust.keys.iter().any(|rule| rule.name == *key && rule.readers.contains(member));
    let keys: Vec<KeyName> = keys.into_iter().filter(reads).collect();
    let key = keys.last()?.clone();
    Some(Readable { kind: at.kind, name: document.name().to_owned(), key, versions: keys.len() })
}

/// The keys of a document's encrypted versions, the oldest first.
fn keys<D: Valued>(document: &D) -> Vec<KeyName> {
    document.versions().iter().filter_map(|version| Some(version.sealed()?.key.name.clone())).collect()
}
