//! The timer that runs `vault tick`, where something is rotated.

use super::check::{Examination, Line};
use crate::cli::commands::rotate::timer::{Installed, installed};
use crate::cli::error::CliResult;

const INSTALL: &str = "vault rotate timer --install";

pub(super) fn check(examination: &mut Examination<'_>) -> CliResult<Vec<Line>> {
    let Some(vault) = examination.vault else { return Ok(Vec::new()) };
    let is_scheduled =
        vault.secrets()?.found.iter().any(|secret| {
            secret.live_rotation().is_some_and(|rotation| rotation.enabled && rotation.rules().is_some())
        });
    Ok(vec![match installed(vault.path())? {
        Installed::Nothing if is_scheduled => {
            Line::warning("secrets are rotated by a schedule, and no timer of this user runs `vault tick`", INSTALL)
        }
        Installed::Nothing => Line::ok("none is needed: no secret is rotated by a schedule"),
        Installed::ForThis(path) => Line::ok(format!("`{}`", path.display())),
        Installed::ForOther(path) => {
            Line::warning(format!("`{}` runs another program than this one", path.display()), INSTALL)
        }
    }])
}
