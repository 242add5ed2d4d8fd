//! The name of a document on the command line, whose kind an option tells.

use crate::engine::{DocumentName, Result};
use crate::model::name::{KeyName, ParameterName, SecretName};

/// What the options say that a name belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameKind {
    Parameter,
    Secret,
    Key,
}

/// A name, by its kind.
pub(super) enum Named {
    Parameter(ParameterName),
    Secret(SecretName),
    Key(KeyName),
}

impl NameKind {
    /// By `--secret` and `--key`, which exclude each other.
    pub(super) fn of(secret: bool, key: bool) -> Self {
        match (secret, key) {
            (true, _) => NameKind::Secret,
            (_, true) => NameKind::Key,
            _ => NameKind::Parameter,
        }
    }

    pub(super) fn parse(self, name: &str) -> Result<Named> {
        Ok(match self {
            NameKind::Parameter => Named::Parameter(name.parse()?),
            NameKind::Secret => Named::Secret(name.parse()?),
            NameKind::Key => Named::Key(name.parse()?),
        })
    }
}

impl Named {
    pub(super) fn document(&self) -> DocumentName<'_> {
        match self {
            Named::Parameter(name) => DocumentName::Parameter(name),
            Named::Secret(name) => DocumentName::Secret(name),
            Named::Key(name) => DocumentName::Key(name),
        }
    }
}
