//! What must be replaced: values in use that a former reader may know.

use subtle::ConstantTimeEq;

use super::bulk::At;
use super::document::{AnyDocument, Document, with_values};
use super::error::{Error, Result};
use super::refused::Checked;
use super::valued::{Valuable, Valued};
use super::vault::Vault;
use crate::format::path::key_path;
use crate::model::key::VersionState;
use crate::model::name::{KeyName, SecretName};
use crate::model::sealed::KeyVersionId;
use crate::model::secret::Secret;
use crate::model::trust::Kind;
use crate::model::value::SecretValue;

/// A value in use that must be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exposed {
    /// Parameter or secret.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The key that the value is sealed under.
    pub key: KeyName,
    /// Why: the reason in the key document, or just that it came from such a version.
    pub reason: String,
    /// The labels or stages of the version that must be replaced, if it is not the current one.
    pub labels: Vec<String>,
}

impl Vault<'_> {
    /// Every parameter and secret of which a value in use must be replaced, by kind and name. Putting a new value is
    /// enough, unless a label still names the known one, or two users take turns. Opens no value. Every document is verified: unverified bytes could hide something.
    pub(crate) fn must_rotate(&self) -> Result<Checked<Exposed>> {
        let mut documents = self.all_documents()?;
        for rule in &self.trust().keys {
            documents.take(&key_path(&rule.name), self.key_document(&rule.name).map(|_| None))?;
        }
        let mut exposed = self.sift(documents, |at, document| self.exposed(at, &document))?;
        exposed.found.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        Ok(exposed)
    }

    /// The secrets with a hook of which a value in use must be replaced, by name.
    pub(crate) fn exposed_secrets(&self) -> Result<Checked<SecretName>> {
        let documents = self.documents_of::<Secret>(|_| Ok(true))?;
        let is_exposed = |it: &Secret| Ok(it.rotation.is_some() && self.exposed_version(it)?.is_some());
        Ok(self.sift_as(documents, is_exposed)?.map(|secret| secret.name))
    }

    fn exposed(&self, at: &At, document: &AnyDocument) -> Result<Option<Exposed>> {
        let known = with_values!(document, it => self.exposed_key(&**it)?, else None);
        let Some((key, labels)) = known else { return Ok(None) };
        // A value that its own document calls exposed is listed regardless of the key.
        let taint = self.key(&key.name).ok().and_then(|it| it.version(key.number).map(|version| version.taint.clone()));
        let (name, reason) = (document.name().to_owned(), taint.unwrap_or_default());
        Ok(Some(Exposed { kind: at.kind, name, key: key.name, reason, labels }))
    }

    /// Whether a former reader may know a version's value: its key version is tainted, or it was re-encrypted from one
    /// without being changed.
    pub(crate) fn is_version_exposed(&self, version: &impl Valuable) -> Result<bool> {
        match version.sealed() {
            Some(sealed) => Ok(version.is_marked_exposed() || self.is_tainted(&sealed.key)?),
            None => Ok(false),
        }
    }

    /// Whether a value equals that of an exposed version of a document: putting it again does not replace it.
    pub(super) fn holds_exposed<D: Valued>(&self, document: Option<&D>, value: &SecretValue) -> Result<bool> {
        let Some(document) = document else { return Ok(false) };
        for version in document.versions() {
            if self.is_version_exposed(version)? && holds(self.reveal(document, version), value)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The key version of the value that must be replaced, and the labels by which it is in use, if it is not current.
    fn exposed_key<D: Valued>(&self, document: &D) -> Result<Option<(KeyVersionId, Vec<String>)>> {
        let Some(version) = self.exposed_version(document)? else { return Ok(None) };
        let is_current = document.current().is_some_and(|current| current.uid() == version.uid());
        let labels = if is_current { Vec::new() } else { version.labels() };
        Ok(version.sealed().map(|sealed| (sealed.key.clone(), labels)))
    }

    /// The first version in use that must be replaced.
    fn exposed_version<'d, D: Valued>(&self, document: &'d D) -> Result<Option<&'d D::Version>> {
        for version in document.in_use() {
            if self.is_version_exposed(version)? {
                return Ok(Some(version));
            }
        }
        Ok(None)
    }

    pub(super) fn is_tainted(&self, key: &KeyVersionId) -> Result<bool> {
        Ok(self.key(&key.name)?.version(key.number).is_some_and(|version| version.state == VersionState::Tainted))
    }
}

/// Whether a version has this value. A member who cannot read it cannot tell, so it counts as different.
pub(super) fn holds(opened: Result<SecretValue>, value: &SecretValue) -> Result<bool> {
    match opened {
        Ok(opened) => Ok(is_same(&opened, value)),
        Err(Error::NotAReader { .. } | Error::Share { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether two values are equal, in constant time.
pub(super) fn is_same(one: &SecretValue, other: &SecretValue) -> bool {
    one.reveal().ct_eq(other.reveal()).into()
}
