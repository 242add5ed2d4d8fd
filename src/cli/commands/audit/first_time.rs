//! `vault audit --first-time`: what somebody opened who never had before.

use std::collections::BTreeMap;

use super::{RecordsReport, each, logs};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::machine::audit::{Action, Filter, Record};

/// The first record of each name by each member on each machine, or in each job of continuous integration, if it is in the wanted
/// time. All logs are read from their beginning: otherwise the first record in that time would be taken for the first of all.
pub(super) fn show(filter: Filter, last: usize, context: &mut Context) -> CliResult<()> {
    let logs = logs(context)?;
    let Filter { since, until, action, .. } = filter.clone();
    let whole = Filter { since: None, until: None, action: action.or(Some(Action::Open)), ..filter };
    let mut first: BTreeMap<[String; 4], Record<'static>> = BTreeMap::new();
    each(&logs, &whole, |_, record| {
        let place = if record.job.is_empty() { &record.host } else { &record.job };
        let who = if record.member.is_empty() { &record.user } else { &record.member };
        let key = [&record.kind, &record.name, who, place].map(ToString::to_string);
        if first.get(&key).is_none_or(|known| record.time < known.time) {
            first.insert(key, record.clone().owned());
        }
    })?;
    let is_wanted = |record: &Record<'_>| {
        since.as_deref().is_none_or(|since| &*record.time >= since)
            && until.as_deref().is_none_or(|until| &*record.time < until)
    };
    let mut records: Vec<Record<'static>> = first.into_values().filter(is_wanted).collect();
    records.sort_by(|a, b| a.time.cmp(&b.time));
    records.drain(..records.len().saturating_sub(last));
    if records.is_empty() {
        context.ui.note("no record matches");
    }
    Ok(context.ui.report(&RecordsReport { records })?)
}
