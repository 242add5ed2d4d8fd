//! The clock: what is signed with a wrong one has a wrong date for everybody, and rotations wait for it.

use super::check::{Examination, Line};
use crate::cli::commands::audit::in_records;
use crate::cli::error::CliResult;
use crate::cli::report::count::Count;
use crate::engine::{Document, Vault};
use crate::machine::audit::{Logs, ended};
use crate::model::name::ParameterPath;
use crate::model::time::Timestamp;
use crate::store::files::Reach;

/// Clocks of two machines differ by less.
const TOLERANCE: i64 = 300;

pub(super) fn check(examination: &mut Examination<'_>) -> CliResult<Vec<Line>> {
    let now = examination.context.now;
    let Some(vault) = examination.vault else { return Ok(Vec::new()) };
    let dates = dates(vault, now)?;
    let recorded = ended(&Logs::of(vault.state()).own());
    if let Some(recorded) = recorded.filter(|last| *last > in_records(Timestamp::from_unix(now.unix() + TOLERANCE))) {
        let message = format!(
            "it is {now}, and this machine recorded a use at {recorded}: its clock ran back, or was ahead then"
        );
        return Ok(vec![Line::warning(message, "timedatectl status")]);
    }
    let ahead: Vec<Timestamp> = dates.into_iter().filter(|date| date.unix() > now.unix() + TOLERANCE).collect();
    Ok(vec![match ahead.iter().max() {
        None => Line::ok(format!("{now}, and nothing here was signed later")),
        Some(latest) => {
            let what = Count::of(ahead.len(), "document or snapshot");
            let are = if ahead.len() == 1 { "is" } else { "are" };
            let message = format!(
                "it is {now}, and {what} {are} dated later, up to {latest}: this clock, or one of them, is wrong"
            );
            Line::warning(message, "timedatectl status")
        }
    }])
}

/// When parameters, secrets and snapshots were signed. What is refused counts nowhere.
fn dates(vault: &Vault<'_>, now: Timestamp) -> CliResult<Vec<Timestamp>> {
    let parameters = vault.parameters_below(&ParameterPath::root(), Reach::Descendants, now)?.found;
    let secrets = vault.secrets()?.found;
    let snapshots = vault.snapshots().unwrap_or_default();
    let dates = parameters.iter().map(|it| it.head().modified).chain(secrets.iter().map(|it| it.head().modified));
    Ok(dates.chain(snapshots.iter().map(|snapshot| snapshot.created)).collect())
}
