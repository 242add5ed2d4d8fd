//! The vault: whether there is one, whether it opens, and its format.

use super::check::{Examination, Line};
use crate::cli::error::CliError;

pub(super) fn check(examination: &Examination<'_>) -> Line {
    let Some(vault) = examination.vault else {
        return match examination.unopened {
            Some(CliError::NoVault { .. }) | None => Line::ok("there is none here; `vault init` creates one"),
            Some(error) => Line::failed(error),
        };
    };
    let place = format!("`{}`, trust snapshot {}", vault.path().display(), vault.trust().rev);
    if vault.can_upgrade() {
        return Line::warning(format!("{place}, format 1, which can only be read"), "vault upgrade");
    }
    Line::ok(format!("{place}, format {}", vault.trust().format_floor))
}
