//! The log of uses: whether it can be written, and whether somebody would notice that it was written anew.

use super::check::{Examination, Line};
use crate::cli::commands::audit::{Anchored, anchored};
use crate::cli::error::CliResult;
use crate::machine::audit::Logs;
use crate::model::shell::quoted;

#[expect(clippy::unnecessary_wraps, reason = "every check has this form")]
pub(super) fn check(examination: &mut Examination<'_>) -> CliResult<Vec<Line>> {
    let Some(vault) = examination.vault else { return Ok(Vec::new()) };
    Ok(vec![match anchored(vault, examination.context.now) {
        Ok(Anchored::NoLog) => Line::ok("nothing was recorded on this machine yet"),
        Ok(Anchored::Well(size)) => Line::ok(format!("{size} records of uses on this machine")),
        Ok(Anchored::Poorly(why)) => Line::warning(why, "vault audit anchor --commit"),
        Ok(Anchored::Not(why)) => Line::error(why, "vault audit verify"),
        Err(error) => {
            let place = quoted(&Logs::of(vault.state()).own().to_string_lossy());
            Line::warning(format!("uses are not recorded: {error}"), format!("chmod -R u+rwX {place}"))
        }
    }])
}
