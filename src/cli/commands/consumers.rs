//! `vault consumers`: who uses a value.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use serde::Serialize;

use super::audit::{in_records, second, state};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::{Meaning, Page, Report, Table};
use crate::engine::Vault;
use crate::machine::audit::{Filter, Logs, Use, uses};
use crate::model::secret::Stage;
use crate::model::time::{DAY, Timestamp};

/// Show who used a value
#[derive(Debug, Args)]
#[command(
    long_about = "Show who used a parameter or a secret, or what is below a path, from the logs of uses on this machine: each \
        member with the machine and the program that got the value, and when it was first and last.\n\n\
        Anyone who last got an older version than the newest one that anyone got is marked, and anyone who last got the version that \
        is AWSPREVIOUS now: after a rotation, a program that still has the previous value. So is anyone who reads it very often.",
    after_help = "Examples:\n  vault consumers prod/db\n  vault consumers /shop/prod --json"
)]
pub(crate) struct ConsumersArgs {
    /// A name, or a path
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ConsumersReport {
    consumers: Vec<ConsumerView>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ConsumerView {
    name: String,
    member: String,
    host: String,
    program: String,
    count: u64,
    first_date: String,
    last_date: String,
    last_version: String,
    /// Whether the last version that it got is not the one that was got last by anybody.
    is_behind: bool,
    /// Whether that version is AWSPREVIOUS now.
    has_previous: bool,
    /// How often it was in the last day.
    last_day: u64,
}

pub(crate) fn run(args: &ConsumersArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let logs = Logs::of(vault.state()).all().map_err(state)?;
    let filter = Filter { path: Some(args.name.clone()), ..Filter::default() };
    let found = uses(&logs, filter, &recent(context.now)).map_err(state)?;
    let previous: BTreeMap<String, Option<String>> =
        secrets(&found).into_iter().map(|name| (name.clone(), previous(&vault, &name))).collect();
    vault.finish(context);
    let mut newest: BTreeMap<&str, &Use> = BTreeMap::new();
    for it in &found {
        let last = newest.entry(&it.name).or_insert(it);
        if it.last > last.last {
            *last = it;
        }
    }
    let view = |it: &Use| ConsumerView {
        name: it.name.clone(),
        member: it.member.clone(),
        host: it.host.clone(),
        program: it.program.clone(),
        count: it.count,
        first_date: it.first.clone(),
        last_date: it.last.clone(),
        last_version: it.last_version.clone(),
        is_behind: newest.get(&*it.name).is_some_and(|last| last.last_version != it.last_version),
        has_previous: has_previous(it, previous.get(&it.name).and_then(Option::as_deref)),
        last_day: it.recent,
    };
    let consumers: Vec<ConsumerView> = found.iter().map(view).collect();
    if consumers.is_empty() {
        context.ui.note(format!("the logs here know nobody who has used `{}`", args.name));
    }
    context.ui.report(&ConsumersReport { consumers })?;
    for it in found.iter().filter(|it| is_frequent(it)) {
        context.ui.note(frequent(it));
    }
    Ok(())
}

/// The names of secrets among what was used, each once.
fn secrets(uses: &[Use]) -> BTreeSet<String> {
    uses.iter().filter(|it| it.kind == "secret").map(|it| it.name.clone()).collect()
}

/// The version of a secret that is AWSPREVIOUS now.
fn previous(vault: &Vault<'_>, name: &str) -> Option<String> {
    let secret = vault.secret(&name.parse().ok()?).ok()?;
    secret.staged(&Stage::previous()).map(|version| version.id().to_string())
}

/// Whether the last version that somebody got of a secret is the previous one now.
pub(super) fn has_previous(it: &Use, previous: Option<&str>) -> bool {
    it.kind == "secret" && previous == Some(&*it.last_version)
}

/// The instant from which on a use is one of the last day.
pub(super) fn recent(now: Timestamp) -> String {
    in_records(Timestamp::from_unix(now.unix() - DAY))
}

/// Whether somebody asked for a value again and again in the last day, instead of keeping it for as long as it is needed.
pub(super) fn is_frequent(it: &Use) -> bool {
    it.recent >= FREQUENT && !it.is_handed_over
}

/// What to do about it.
pub(super) fn frequent(it: &Use) -> String {
    format!(
        "{} was read {} times in a day by `vault {}` on {}: `vault exec` and `vault render` give a program its values once",
        it.name, it.recent, it.program, it.host
    )
}

/// As many uses in a day are many: one each quarter of an hour.
const FREQUENT: u64 = 96;

impl Report for ConsumersReport {
    fn text(&self, page: &mut Page) {
        let mut table = Table::new([
            ("NAME", Meaning::Name),
            ("WHO", Meaning::Plain),
            ("PROGRAM", Meaning::Plain),
            ("USES", Meaning::Plain),
            ("LAST", Meaning::Plain),
            ("VERSION", Meaning::Version),
        ]);
        for it in &self.consumers {
            let who = format!("{}@{}", if it.member.is_empty() { "-" } else { &it.member }, it.host);
            let version = it.last_version.get(..8).unwrap_or(&it.last_version);
            let version = match it {
                _ if it.has_previous => format!("{version} (AWSPREVIOUS)"),
                _ if it.is_behind => format!("{version} (older)"),
                _ => version.to_owned(),
            };
            let last = second(&it.last_date).map_or_else(|| it.last_date.clone(), |instant| page.age(instant));
            table.row([&it.name, &who, &it.program, &it.count.to_string(), &last, &version]);
        }
        page.table(&table);
    }
}
