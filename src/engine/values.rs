//! Every value of the vault, current and previous.

use super::document::{AnyDocument, with_values};
use super::error::{Error, Result};
use super::valued::{Valuable, Valued};
use super::vault::Vault;
use crate::model::trust::Kind;
use crate::model::value::SecretValue;

/// Which values to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Those that are encrypted: secrets and SecureString parameters.
    Sealed,
    /// Those of String and StringList parameters too.
    All,
}

/// Identifies a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ValueName {
    /// Parameter or secret.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The number of the parameter's version, or the id of the secret's.
    pub version: String,
    /// The stages or labels of the version.
    pub labels: Vec<String>,
    /// Whether it is encrypted: a secret or a SecureString parameter.
    pub is_sealed: bool,
}

impl Vault<'_> {
    /// Opens every version of every parameter and secret, in order of their paths, each document verified. Unlocks. Returns how
    /// many values are under keys that this identity cannot open.
    pub(crate) fn each_value(&self, wanted: Wanted, mut visit: impl FnMut(ValueName, SecretValue)) -> Result<usize> {
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
        self.each_document(&self.all_documents()?.whole()?, |_, document| match document? {
            Some(document) => with_values!(&document, it => self.each_version(&**it, wanted, &mut take), else Ok(())),
            None => Ok(()),
        })?;
        Ok(unopened)
    }

    fn each_version<D: Valued>(
        &self,
        document: &D,
        wanted: Wanted,
        take: &mut impl FnMut(ValueName, Result<SecretValue>) -> Result<()>,
    ) -> Result<()> {
        for (version, value) in self.opened(document) {
            if wanted == Wanted::All || version.sealed().is_some() {
                let name = ValueName {
                    kind: D::KIND,
                    name: document.name().to_owned(),
                    version: version.id_text(),
                    labels: version.labels(),
                    is_sealed: version.sealed().is_some(),
                };
                take(name, value)?;
            }
        }
        Ok(())
    }
}
