//! Selects a document by its kind and its name.

use super::error::{Error, Result};
use super::key_error::VaultKeyError;
use super::vault::Vault;
use crate::format::path::{credential_path, key_path, parameter_path, rule_path, secret_path};
use crate::model::credential::AccessKeyId;
use crate::model::name::{KeyName, ParameterName, RuleName, SecretName};
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;

/// The selected document.
#[derive(Debug, Clone, Copy)]
pub(crate) enum DocumentName<'a> {
    /// A parameter's.
    Parameter(&'a ParameterName),
    /// A secret's.
    Secret(&'a SecretName),
    /// A key's.
    Key(&'a KeyName),
    /// A rule's.
    Rule(&'a RuleName),
    /// A credential's.
    Credential(&'a AccessKeyId),
}

impl Vault<'_> {
    /// The path of a document; for a parameter at the root, that of whichever of its two spellings exists.
    pub(super) fn place_of(&self, name: DocumentName<'_>) -> Result<String> {
        Ok(match name {
            DocumentName::Parameter(name) => {
                let path = parameter_path(name)?;
                let twin = name.twin().map(|twin| parameter_path(&twin)).transpose()?;
                match twin {
                    Some(twin) if !self.files.exists(&path)? && self.files.exists(&twin)? => twin,
                    _ => path,
                }
            }
            DocumentName::Secret(name) => secret_path(name)?,
            DocumentName::Key(name) => key_path(name),
            DocumentName::Rule(name) => rule_path(name),
            DocumentName::Credential(name) => credential_path(name),
        })
    }

    /// The error for a missing document, with similar names.
    pub(super) fn absent(&self, name: DocumentName<'_>) -> Error {
        match name {
            DocumentName::Parameter(name) => self.not_found::<Parameter>(name.as_str()),
            DocumentName::Secret(name) => self.not_found::<Secret>(name.as_str()),
            DocumentName::Key(name) => VaultKeyError::NotFound(name.clone()).into(),
            DocumentName::Rule(name) => Error::NoRule(name.clone()),
            DocumentName::Credential(name) => Error::NoCredential(name.clone()),
        }
    }
}
