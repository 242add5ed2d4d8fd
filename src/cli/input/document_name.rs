//! The name of a document on the command line, whose kind is set by an option.

use clap::Args;

use crate::engine::{DocumentName, Error, Result};
use crate::model::credential::AccessKeyId;
use crate::model::name::{KeyName, ParameterName, RuleName, SecretName};

/// What a name belongs to, if it is not a parameter.
#[derive(Debug, Clone, Copy, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch, and at most one is set")]
pub(crate) struct KindArgs {
    /// NAME is a secret
    #[arg(long)]
    secret: bool,
    /// NAME is a key, which only an admin may sign
    #[arg(long, conflicts_with = "secret")]
    key: bool,
    /// NAME is a rule for events, which only an admin may sign
    #[arg(long, conflicts_with_all = ["secret", "key"])]
    rule: bool,
    /// NAME is the id of a credential, of which no older state is accepted
    #[arg(long, conflicts_with_all = ["secret", "key", "rule"])]
    credential: bool,
}

/// A name, by its kind.
pub(crate) enum Named {
    Parameter(ParameterName),
    Secret(SecretName),
    Key(KeyName),
    Rule(RuleName),
    Credential(AccessKeyId),
}

impl KindArgs {
    pub(crate) fn parse(self, name: &str) -> Result<Named> {
        Ok(match self {
            KindArgs { secret: true, .. } => Named::Secret(name.parse()?),
            KindArgs { key: true, .. } => Named::Key(name.parse()?),
            KindArgs { rule: true, .. } => Named::Rule(name.parse()?),
            KindArgs { credential: true, .. } => {
                Named::Credential(name.parse().map_err(|_| Error::NoCredentialNamed(name.to_owned()))?)
            }
            KindArgs { .. } => Named::Parameter(name.parse()?),
        })
    }
}

impl Named {
    pub(crate) fn document(&self) -> DocumentName<'_> {
        match self {
            Named::Parameter(name) => DocumentName::Parameter(name),
            Named::Secret(name) => DocumentName::Secret(name),
            Named::Key(name) => DocumentName::Key(name),
            Named::Rule(name) => DocumentName::Rule(name),
            Named::Credential(name) => DocumentName::Credential(name),
        }
    }
}
