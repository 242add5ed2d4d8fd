//! The system's keyring, where the configured identity is in it: another one is left alone, because asking it may prompt.

use super::check::{Examination, Line};
use crate::cli::error::{CliError, CliResult};
use crate::machine::config::IdentityStore;
use crate::unlock::error::{Cause, UnlockError};
use crate::unlock::keyring::{Keyring, PROBE_LIMIT, SystemKeyring};
use crate::unlock::source::Origin;

pub(super) fn check(examination: &mut Examination<'_>) -> CliResult<Vec<Line>> {
    let sources = examination.context.sources()?;
    let Some(identity) = &sources.config.read()?.identity else { return Ok(Vec::new()) };
    if identity.store != IdentityStore::Keyring {
        return Ok(vec![Line::ok("is not used")]);
    }
    let account = identity.recipient.clone().unwrap_or_default();
    Ok(vec![match SystemKeyring.get(&account, PROBE_LIMIT) {
        Ok(_) => Line::ok("works, and has your identity"),
        Err(error) => {
            let origin = Origin::Keyring(account);
            Line::failed(&CliError::from(UnlockError::Failed { origin, cause: Cause::Keyring(error) }))
        }
    }])
}
