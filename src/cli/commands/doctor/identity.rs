//! The identity: where it is found, whether only its owner can read it, and whether it opens.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;

use super::check::{Examination, Line};
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::engine::{Error, Vault};
use crate::machine::private::PrivateError;
use crate::model::shell::quoted;
use crate::unlock::error::{Cause, UnlockError};
use crate::unlock::find;

pub(super) fn check(examination: &mut Examination<'_>) -> CliResult<Vec<Line>> {
    let found = match find::find(&examination.context.sources()?, &examination.context.ask()) {
        Ok(found) => found,
        Err(error) => return Ok(vec![unopened(examination, error)]),
    };
    let opens = format!("{} opens", found.origin);
    Ok(vec![match examination.vault.map(Vault::whoami) {
        None => Line::ok(opens),
        Some(Ok(member)) => Line::ok(format!("{opens}; you are `{}`", member.name)),
        Some(Err(Error::NotAMember)) => {
            Line::warning(format!("{opens}, but belongs to no member of this vault"), "vault member request")
        }
        Some(Err(error)) => Line::failed(&error.into()),
    }])
}

/// An identity that waits for its passphrase is not broken.
fn unopened(examination: &Examination<'_>, error: UnlockError) -> Line {
    let open = match &error {
        UnlockError::Failed { cause: Cause::File(PrivateError::TooWide { path, mode }), .. } => {
            Some((path.clone(), *mode))
        }
        _ => None,
    };
    let is_missing = matches!(error, UnlockError::NoIdentity { .. });
    let error = CliError::from(error);
    let line = Line::failed(&error);
    match open {
        Some((path, mode)) => {
            let place = path.display().to_string();
            let message = format!("`{place}` is open to other users (mode {mode:04o}), and is not used");
            let line = Line::error(message, format!("chmod 600 {}", quoted(&place)));
            examination.fixed(line, || Ok(set_permissions(path, Permissions::from_mode(0o600))?))
        }
        None if error.exit() == Exit::Input => Line::warning(error.to_string(), "vault unlock"),
        None if is_missing && examination.vault.is_none() => {
            Line::warning("there is no identity on this machine", "vault init")
        }
        None => line,
    }
}
