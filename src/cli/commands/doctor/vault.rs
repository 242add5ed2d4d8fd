//! The vault: whether there is one, whether it opens, and its format.

use super::check::{Examination, Line};
use crate::cli::error::{CliError, CliResult};

#[expect(clippy::unnecessary_wraps, reason = "every check has this form")]
pub(super) fn check(examination: &mut Examination<'_>) -> CliResult<Vec<Line>> {
    let Some(vault) = examination.vault else {
        return Ok(vec![match examination.unopened {
            Some(CliError::NoVault { .. }) | None => Line::ok("there is none here; `vault init` creates one"),
            Some(error) => Line::failed(error),
        }]);
    };
    let place = format!("`{}`, trust snapshot {}", vault.path().display(), vault.trust().rev);
    if vault.can_upgrade() {
        return Ok(vec![Line::warning(format!("{place}, format 1, which can only be read"), "vault upgrade")]);
    }
    Ok(vec![Line::ok(format!("{place}, format {}", vault.trust().format_floor))])
}
