//! Rotations that wait for a person on this machine.

use super::check::{Examination, Line};
use crate::cli::commands::rotate::waiting;
use crate::cli::error::CliResult;

pub(super) fn check(examination: &mut Examination<'_>) -> CliResult<Vec<Line>> {
    let Some(vault) = examination.vault else { return Ok(Vec::new()) };
    let secrets = vault.secrets()?.found;
    let rotating: Vec<_> =
        secrets.iter().filter(|secret| secret.live_rotation().is_some_and(|it| it.enabled)).collect();
    if rotating.is_empty() {
        return Ok(vec![Line::ok("no secret is rotated")]);
    }
    let lines: Vec<Line> =
        rotating.iter().filter_map(|secret| Some(line(secret.name.as_ref(), &waiting(vault, secret)?))).collect();
    Ok(if lines.is_empty() { vec![Line::ok("every rotation can run on this machine")] } else { lines })
}

/// The reason ends with the command.
fn line(name: &str, reason: &str) -> Line {
    match reason.rsplit_once(": `") {
        Some((reason, command)) => {
            Line::warning(format!("the rotation of {name} {reason}"), command.trim_end_matches('`'))
        }
        None => Line::warning(format!("the rotation of {name} {reason}"), format!("vault rotate status {name}")),
    }
}
