//! The secret that a rotation is about.

use crate::cli::error::{CliError, CliResult};
use crate::engine::{Error, Vault};
use crate::model::name::SecretName;
use crate::model::near::{Near, NearKind};
use crate::model::secret::Secret;

/// The secret of that name. A parameter of that name is said to be one: parameters are not rotated.
pub(super) fn rotated(vault: &Vault<'_>, name: &SecretName) -> CliResult<Secret> {
    vault.live_secret(name).map_err(|error| match error {
        Error::NotFound { near, .. } if is_parameter(&near) => CliError::NotRotated(near[0].name.clone()),
        error => error.into(),
    })
}

fn is_parameter(near: &[Near]) -> bool {
    near.first().is_some_and(|near| near.is_same_name() && near.what == NearKind::Parameter)
}
