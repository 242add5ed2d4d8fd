//! The secret that a rotation is about.

use crate::cli::error::{CliError, CliResult};
use crate::engine::Vault;
use crate::model::name::SecretName;
use crate::model::secret::Secret;

/// The secret of that name. A parameter of that name is said to be one: parameters are not rotated.
pub(super) fn rotated(vault: &Vault<'_>, name: &SecretName) -> CliResult<Secret> {
    vault.live_secret(name).map_err(|error| match CliError::parameter_instead(&error) {
        Some(parameter) => CliError::NotRotated(parameter.to_owned()),
        None => error.into(),
    })
}
