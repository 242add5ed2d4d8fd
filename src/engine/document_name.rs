//! Which document is meant, by its kind and its name.

use super::error::{Error, Result};
use super::key_error::VaultKeyError;
use super::vault::Vault;
use crate::format::path::{key_path, parameter_path, secret_path};
use crate::model::name::{KeyName, ParameterName, SecretName};
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;

/// The document in question.
#[derive(Debug, Clone, Copy)]
pub enum DocumentName<'a> {
    /// A parameter's.
    Parameter(&'a ParameterName),
    /// A secret's.
    Secret(&'a SecretName),
    /// A key's.
    Key(&'a KeyName),
}

impl Vault<'_> {
    /// Where a document lies; for a parameter at the root, under whichever of its two spellings there is one.
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
        })
    }

    /// The error for a document that is not there, with names like it.
    pub(super) fn absent(&self, name: DocumentName<'_>) -> Error {
        match name {
            DocumentName::Parameter(name) => self.not_found::<Parameter>(name.as_str()),
            DocumentName::Secret(name) => self.not_found::<Secret>(name.as_str()),
            DocumentName::Key(name) => VaultKeyError::NotFound(name.clone()).into(),
        }
    }
}
