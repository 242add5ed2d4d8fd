//! Every value of the vault, the current and the former ones.

use super::document::AnyDocument;
use super::error::{Error, Result};
use super::vault::Vault;
use crate::model::parameter::{Content, Parameter};
use crate::model::secret::Secret;
use crate::model::trust::Kind;
use crate::model::value::SecretValue;

/// Which values are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Those that are encrypted: secrets and SecureString parameters.
    Sealed,
    /// Those of String and StringList parameters too.
    All,
}

/// Which value it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueName {
    /// Parameter or secret.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The number of the parameter's version, or the id of the secret's.
    pub version: String,
    /// The stages or labels of the version.
    pub labels: Vec<String>,
}

impl Vault<'_> {
    /// Opens every version of every parameter and secret, in order of their paths, each document verified. Unlocks. Returns how
    /// many values are under keys that this identity cannot open.
    pub fn each_value(&self, wanted: Wanted, mut visit: impl FnMut(ValueName, SecretValue)) -> Result<usize> {
        let mut unopened = 0;
        let mut take = |name, opened| match opened {
            Ok(value) => {
                visit(name, value);
                Ok(())
            }
            Err(Error::NotAReader { .. }) => {
                unopened += 1;
                Ok(())
            }
            Err(error) => Err(error),
        };
        self.each_document(&self.documents_where(|_| true)?, |_, document| match document? {
            Some(AnyDocument::Parameter(parameter)) => self.each_version(&parameter, wanted, &mut take),
            Some(AnyDocument::Secret(secret)) => self.each_secret_version(&secret, &mut take),
            Some(AnyDocument::Key(_)) | None => Ok(()),
        })?;
        Ok(unopened)
    }

    fn each_version(
        &self,
        parameter: &Parameter,
        wanted: Wanted,
        take: &mut impl FnMut(ValueName, Result<SecretValue>) -> Result<()>,
    ) -> Result<()> {
        for version in &parameter.versions {
            if wanted == Wanted::All || matches!(version.content, Content::Sealed { .. }) {
                let name = ValueName {
                    kind: Kind::Parameter,
                    name: parameter.name.to_string(),
                    version: version.number.to_string(),
                    labels: version.labels.iter().map(ToString::to_string).collect(),
                };
                take(name, self.reveal(parameter, version))?;
            }
        }
        Ok(())
    }

    fn each_secret_version(
        &self,
        secret: &Secret,
        take: &mut impl FnMut(ValueName, Result<SecretValue>) -> Result<()>,
    ) -> Result<()> {
        for version in secret.versions.iter().filter(|version| version.content.is_some()) {
            let name = ValueName {
                kind: Kind::Secret,
                name: secret.name.to_string(),
                version: version.id().to_string(),
                labels: version.stages.iter().map(|stage| stage.as_str().to_owned()).collect(),
            };
            take(name, self.reveal_secret(secret, version))?;
        }
        Ok(())
    }
}
