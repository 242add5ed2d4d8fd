//! What must be replaced: current values that somebody could read who may not any more.

use subtle::ConstantTimeEq;

use super::document::{AnyDocument, Document};
use super::error::{Error, Result};
use super::reseal::{contains, is_tainted};
use super::vault::Vault;
use crate::model::key::KeyState;
use crate::model::name::KeyName;
use crate::model::parameter::{Content, Parameter, Version};
use crate::model::secret::{Secret, Stage};
use crate::model::trust::Kind;
use crate::model::value::SecretValue;

/// A current value that must be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposed {
    /// Parameter or secret.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The key that the value is sealed under.
    pub key: KeyName,
    /// Why: what the key document says of the version, or nothing more than that it came out of such a version.
    pub reason: String,
}

impl Vault<'_> {
    /// Every parameter and secret whose current value must be replaced, by kind and name. A put of a new value is all it
    /// takes. Opens no value.
    pub fn must_rotate(&self) -> Result<Vec<Exposed>> {
        let mut tainted = vec![b"exposed: true".to_vec()];
        for rule in &self.trust.keys {
            let key = self.key(&rule.name)?;
            let versions = key.versions.iter().filter(|version| version.state == KeyState::Tainted);
            tainted.extend(versions.map(|version| format!("key_version: {}", version.number).into_bytes()));
        }
        let documents = self.documents_where(|raw| tainted.iter().any(|text| contains(raw, text)))?;
        let mut exposed = Vec::new();
        self.each_document(&documents, |at, document| {
            let Some(document) = document? else { return Ok(()) };
            let key = match &document {
                AnyDocument::Parameter(parameter) => self.exposed_parameter(parameter)?,
                AnyDocument::Secret(secret) if self.is_exposed(secret)? => secret
                    .staged(&Stage::current())
                    .and_then(|version| version.content.as_ref())
                    .map(|sealed| (sealed.key.clone(), sealed.key_version)),
                AnyDocument::Secret(_) | AnyDocument::Key(_) => None,
            };
            if let Some((key, number)) = key {
                let reason = self.key(&key)?.version(number).map(|version| version.taint.clone()).unwrap_or_default();
                exposed.push(Exposed { kind: at.kind, name: document.name().to_owned(), key, reason });
            }
            Ok(())
        })?;
        exposed.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        Ok(exposed)
    }

    /// Whether a parameter's version could be read by somebody who may not any more.
    pub fn is_version_exposed(&self, version: &Version) -> Result<bool> {
        match &version.content {
            Content::Plain { .. } => Ok(false),
            Content::Sealed { key, key_version, .. } => {
                Ok(version.exposed || is_tainted(&*self.key(key)?, *key_version))
            }
        }
    }

    /// Whether a value is one that an exposed version of the parameter holds: putting it again is no replacement.
    pub(super) fn is_known_value(&self, parameter: Option<&Parameter>, value: &SecretValue) -> Result<bool> {
        let Some(parameter) = parameter else { return Ok(false) };
        for version in &parameter.versions {
            if self.is_version_exposed(version)? && holds(self.reveal(parameter, version), value)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The same for a secret.
    pub(super) fn is_known_secret(&self, secret: &Secret, value: &SecretValue) -> Result<bool> {
        for version in &secret.versions {
            let Some(sealed) = &version.content else { continue };
            let exposed = version.exposed || is_tainted(&*self.key(&sealed.key)?, sealed.key_version);
            if exposed && holds(self.reveal_secret(secret, version), value)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Key and version of a parameter's current value, if that must be replaced.
    fn exposed_parameter(&self, parameter: &Parameter) -> Result<Option<(KeyName, u64)>> {
        let Some(latest) = parameter.latest() else { return Ok(None) };
        match &latest.content {
            Content::Sealed { key, key_version, .. } if self.is_version_exposed(latest)? => {
                Ok(Some((key.clone(), *key_version)))
            }
            _ => Ok(None),
        }
    }
}

/// Whether a version holds a value. Whoever cannot read it cannot tell, and is taken at their word.
pub(super) fn holds(opened: Result<SecretValue>, value: &SecretValue) -> Result<bool> {
    match opened {
        Ok(opened) => Ok(same(&opened, value)),
        Err(Error::NotAReader { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

fn same(one: &SecretValue, other: &SecretValue) -> bool {
    one.reveal().ct_eq(other.reveal()).into()
}
