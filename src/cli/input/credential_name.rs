//! Which credential is meant: by its access key id, or by its name.

use std::convert::Infallible;
use std::str::FromStr;

use crate::cli::error::{CliError, CliResult};
use crate::engine::{Error, Vault};
use crate::model::credential::{AccessKeyId, Credential};

/// An access key id, or the name that a credential was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CredentialName {
    Id(AccessKeyId),
    Name(String),
}

impl FromStr for CredentialName {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.parse().map_or_else(|_| CredentialName::Name(text.to_owned()), CredentialName::Id))
    }
}

/// The credential that is meant. A name means one that was not revoked, if there is one.
pub(crate) fn one(vault: &Vault<'_>, name: &CredentialName) -> CliResult<Credential> {
    let name = match name {
        CredentialName::Id(id) => return Ok(vault.issued_credential(id)?),
        CredentialName::Name(name) => name,
    };
    let (mut active, mut revoked): (Vec<_>, Vec<_>) =
        vault.issued_credentials()?.found.into_iter().filter(|it| it.description == *name).partition(|it| !it.revoked);
    let several = if active.is_empty() { &mut revoked } else { &mut active };
    match (several.len(), several.pop()) {
        (1, Some(only)) => Ok(only),
        (_, None) => Err(Error::NoCredentialNamed(name.clone()).into()),
        (_, Some(last)) => {
            let mut ids: Vec<String> = several.iter().map(|it| it.name.to_string()).collect();
            ids.push(last.name.to_string());
            Err(CliError::usage(
                format!("several credentials have the name `{name}`"),
                format!("give the id of one: {}", ids.join(", ")),
            ))
        }
    }
}
