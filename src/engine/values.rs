//! Every value of the vault, current and previous.

use super::document::{AnyDocument, with_values};
use super::error::{Error, Result};
use super::key_error::VaultKeyError;
use super::refused::{Checked, Refused};
use super::valued::{StoredValue, Valuable, Valued};
use super::vault::Vault;
use crate::model::name::ParameterPath;
use crate::model::time::Timestamp;
use crate::model::trust::Kind;
use crate::model::value::SecretValue;
use crate::store::files::Reach;

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

impl ValueName {
    fn of<D: Valued>(document: &D, version: &D::Version) -> Self {
        ValueName {
            kind: D::KIND,
            name: document.name().to_owned(),
            version: version.id_text(),
            labels: version.labels(),
            is_sealed: version.sealed().is_some(),
        }
    }
}

/// How far back values are opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The newest version of a parameter, and the one of a secret that is staged AWSCURRENT.
    Current,
    /// Every version.
    All,
}

/// What was left out of a search.
#[derive(Debug, Default)]
pub(crate) struct LeftOut {
    /// Values under keys that this identity cannot open.
    pub unopened: usize,
    /// Documents that cannot be trusted, or have a value that cannot be decrypted.
    pub refused: Vec<Refused>,
}

impl LeftOut {
    /// Leaves out a value that was not opened. What concerns every value is an error.
    fn take<D: Valued>(&mut self, document: &D, error: Error) -> Result<()> {
        use VaultKeyError as Key;
        match error {
            Error::NotAReader { .. }
            | Error::Share { .. }
            | Error::Key(Key::Disabled(_) | Key::Deleting(..) | Key::Destroyed(_) | Key::NotWrapped(_)) => {
                self.unopened += 1;
            }
            Error::Unopened { .. } | Error::Key(_) | Error::Tampered { .. } | Error::Format { .. } => {
                let path = document.path()?;
                if self.refused.last().is_none_or(|last| last.path != path) {
                    self.refused.push(Refused { path, error });
                }
            }
            error => return Err(error),
        }
        Ok(())
    }
}

impl Vault<'_> {
    /// Opens the values of every parameter that has not expired and of every secret that is not marked for deletion. Unlocks.
    pub(crate) fn each_current_value(
        &self,
        depth: Depth,
        now: Timestamp,
        mut visit: impl FnMut(ValueName, SecretValue),
    ) -> Result<LeftOut> {
        let parameters = self.parameters_below(&ParameterPath::root(), Reach::Descendants, now)?;
        let secrets = self.secrets()?;
        let refused = parameters.refused.into_iter().chain(secrets.refused).collect();
        let mut left_out = LeftOut { unopened: 0, refused };
        for parameter in &parameters.found {
            self.each_of(parameter, (depth, Wanted::All), &mut visit, &mut left_out)?;
        }
        for secret in secrets.found.iter().filter(|secret| secret.require_live().is_ok()) {
            self.each_of(secret, (depth, Wanted::All), &mut visit, &mut left_out)?;
        }
        Ok(left_out)
    }

    fn each_of<D: Valued>(
        &self,
        document: &D,
        (depth, wanted): (Depth, Wanted),
        visit: &mut impl FnMut(ValueName, SecretValue),
        left_out: &mut LeftOut,
    ) -> Result<()> {
        let current = document.current().map(Valuable::uid);
        let is_wanted = |version: &&D::Version| match version.kept() {
            StoredValue::Nothing(_) => false,
            StoredValue::Plain(_) if wanted == Wanted::Sealed => false,
            _ => depth == Depth::All || Some(version.uid()) == current,
        };
        for version in document.versions().iter().filter(is_wanted) {
            match self.reveal(document, version) {
                Ok(value) => visit(ValueName::of(document, version), value),
                Err(error) => left_out.take(document, error)?,
            }
        }
        Ok(())
    }

    /// Opens every version of every parameter and secret, in order of their paths, each document verified. Unlocks. Returns what
    /// was left out.
    pub(crate) fn each_value(&self, wanted: Wanted, mut visit: impl FnMut(ValueName, SecretValue)) -> Result<LeftOut> {
        let mut left_out = LeftOut::default();
        let Checked { found: documents, refused } = self.all_documents()?;
        let mut checked = Checked { found: Vec::<()>::new(), refused };
        self.each_document(&documents, |at, document| match document {
            Ok(Some(document)) => {
                with_values!(&document, it => self.each_of(&**it, (Depth::All, wanted), &mut visit, &mut left_out), else Ok(()))
            }
            Ok(None) => Ok(()),
            Err(error) => checked.take(&at.path, Err(error)),
        })?;
        left_out.refused.extend(checked.refused);
        Ok(left_out)
    }
}
