//! The timer that runs `vault tick`, where something is rotated.

use std::path::Path;
use std::time::UNIX_EPOCH;

use super::check::{Examination, Line};
use crate::cli::commands::rotate::timer::{Installed, installed};
use crate::cli::error::CliResult;
use crate::machine::ticked;
use crate::model::time::{DAY, Timestamp};

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
        Installed::ForThis(path) => running(&path, ticked::last(vault.state()), examination.context.now),
        Installed::ForOther(path) => {
            Line::warning(format!("`{}` runs another program than this one", path.display()), INSTALL)
        }
    }])
}

/// Whether an installed timer runs: a daily one that missed a day does not.
fn running(timer: &Path, last: Option<Timestamp>, now: Timestamp) -> Line {
    let installed = timer.metadata().and_then(|file| file.modified()).ok();
    let installed = installed.and_then(|since| i64::try_from(since.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok());
    let last = last.map(Timestamp::unix).max(installed).unwrap_or_default();
    let (timer, days) = (timer.display(), (now.unix() - last) / DAY);
    if days < 2 {
        return Line::ok(format!("`{timer}`"));
    }
    Line::warning(format!("`{timer}` is installed, and `vault tick` has not run for {days} days"), START)
}

const START: &str = "vault rotate timer --install   # prints how to start it";
