//! `vault audit`: who used and changed what, from the logs of uses.

mod anchor;
mod cloudtrail;
mod csv;
mod export;
mod filter;
mod first_time;
mod import;
mod newest;
mod verify;

use std::collections::BTreeMap;

use clap::builder::PossibleValue;
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

pub(super) use self::anchor::{Anchored, anchored, renew};
use self::filter::FilterArgs;
pub(super) use self::filter::{before, in_records, moment};
use self::newest::Newest;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::count::Count;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::table::Table;
use crate::engine::Error;
use crate::machine::audit::{Filter, Group, GroupBy, Logs, Outcome, Record, group, matching};
use crate::machine::private::PrivateError;
use crate::model::time::Timestamp;

/// Show who used and changed what
#[derive(Debug, Args)]
#[command(
    long_about = "Show who used and changed what, from the logs of uses on this machine.\n\n\
        Each use of a value and each change is one record: when, which command and program, which name and version, which \
        member and user on which machine, whether it was allowed. Records never hold values. They are chained: `vault audit \
        verify` finds a record that was changed or removed.\n\n\
        A log has what was done on its machine. `vault audit export --format log` and `vault audit import` bring the logs \
        of several machines together.",
    after_help = "Examples:\n  \
        vault audit --path prod/db --since 30d --group-by member\n  \
        vault audit --outcome denied\n  \
        vault audit --stage AWSPREVIOUS --since 7d\n  \
        vault audit --first-time --since 7d      who opened what they never had\n  \
        vault audit export --since 2026-01-01 --format csv --out reads.csv",
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true
)]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    command: Option<AuditCommand>,
    #[command(flatten)]
    filter: FilterArgs,
    /// Count the records that have these in common
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',')]
    group_by: Vec<By>,
    /// The first time that somebody opened something
    #[arg(long, conflicts_with = "group_by")]
    first_time: bool,
    /// Maximum number of records, the newest ones
    #[arg(long, value_name = "NUMBER", default_value_t = 50, conflicts_with = "group_by")]
    last: usize,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    Verify(verify::VerifyArgs),
    Anchor(anchor::AnchorArgs),
    Export(export::ExportArgs),
    Import(import::ImportArgs),
}

/// What records are counted by.
#[derive(Debug, Clone, Copy)]
struct By {
    /// The heading of its column.
    heading: &'static str,
    /// Its member in JSON; in lower case, what is typed.
    name: &'static str,
    group: GroupBy,
}

const BY: &[By] = &[
    By { heading: "MEMBER", name: "Member", group: GroupBy::Member },
    By { heading: "USER", name: "User", group: GroupBy::User },
    By { heading: "HOST", name: "Host", group: GroupBy::Host },
    By { heading: "NAME", name: "Name", group: GroupBy::Name },
    By { heading: "COMMAND", name: "Command", group: GroupBy::Command },
    By { heading: "PROGRAM", name: "Program", group: GroupBy::Program },
    By { heading: "DAY", name: "Day", group: GroupBy::Day },
    By { heading: "ACTION", name: "Action", group: GroupBy::Action },
    By { heading: "OUTCOME", name: "Outcome", group: GroupBy::Outcome },
    By { heading: "AGENT", name: "Agent", group: GroupBy::Agent },
    By { heading: "JOB", name: "Job", group: GroupBy::Job },
    By { heading: "CREDENTIAL", name: "Credential", group: GroupBy::Credential },
];

impl ValueEnum for By {
    fn value_variants<'a>() -> &'a [Self] {
        BY
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let value = PossibleValue::new(self.name.to_lowercase());
        Some(match self.group {
            GroupBy::Credential => value.help("The credential with which a program called the server"),
            _ => value,
        })
    }
}

/// The records of the logs that match, the oldest first.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RecordsReport {
    records: Vec<Record<'static>>,
}

/// How many records there are of each kind.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GroupsReport {
    #[serde(skip)]
    by: Vec<By>,
    groups: Vec<GroupView>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GroupView {
    of: BTreeMap<&'static str, String>,
    #[serde(skip)]
    cells: Vec<String>,
    count: u64,
    refused: u64,
    first_date: String,
    last_date: String,
}

pub(crate) fn run(args: &AuditArgs, context: &mut Context) -> CliResult<()> {
    match &args.command {
        Some(AuditCommand::Verify(args)) => verify::run(args, context),
        Some(AuditCommand::Anchor(args)) => anchor::run(args, context),
        Some(AuditCommand::Export(args)) => export::run(args, context),
        Some(AuditCommand::Import(args)) => import::run(args, context),
        None => show(args, context),
    }
}

fn show(args: &AuditArgs, context: &mut Context) -> CliResult<()> {
    let filter = args.filter.filter(context.now)?;
    if args.first_time {
        return first_time::show(filter, args.last, context);
    }
    let logs = logs(context)?;
    let (mut newest, mut groups) = (Newest::new(args.last), BTreeMap::new());
    let by: Vec<GroupBy> = args.group_by.iter().map(|by| by.group).collect();
    each(&logs, &filter, |_, record| {
        if by.is_empty() {
            newest.add(record);
        } else {
            group(&mut groups, &by, record);
        }
    })?;
    if groups.is_empty() && newest.records.is_empty() {
        context.ui.note("no record matches");
    }
    if newest.older > 0 {
        context.ui.note(format!("{} left out: see `--last`", Count::of(newest.older, "older record")));
    }
    if by.is_empty() {
        return Ok(context.ui.report(&RecordsReport { records: newest.records.into_values().collect() })?);
    }
    let mut groups: Vec<GroupView> = groups.into_iter().map(|group| view(&args.group_by, group)).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    Ok(context.ui.report(&GroupsReport { by: args.group_by.clone(), groups })?)
}

/// The logs of the vault on this machine.
pub(super) fn logs(context: &mut Context) -> CliResult<Logs> {
    let vault = context.open_vault()?;
    let logs = Logs::of(vault.state());
    vault.finish(context);
    Ok(logs)
}

/// Visits the records of all logs that match, each with its line.
fn each(logs: &Logs, filter: &Filter, mut visit: impl FnMut(&[u8], &Record<'_>)) -> Result<(), Error> {
    logs.all().and_then(|all| all.iter().try_for_each(|log| matching(log, filter, &mut visit))).map_err(state)
}

/// A log that cannot be read.
pub(super) fn state(error: PrivateError) -> Error {
    Error::State(error.into())
}

fn view(by: &[By], (cells, group): (Vec<String>, Group)) -> GroupView {
    let of = by.iter().map(|by| by.name).zip(cells.iter().cloned()).collect();
    GroupView { of, cells, count: group.count, refused: group.refused, first_date: group.first, last_date: group.last }
}

impl Report for RecordsReport {
    fn text(&self, page: &mut Page) {
        use Meaning::{Name, Plain, Version};
        let is_in_job = self.records.iter().any(|record| !record.job.is_empty());
        let columns = [("TIME", Plain), ("WHO", Plain)].into_iter().chain(is_in_job.then_some(("JOB", Plain)));
        let more = [("COMMAND", Plain), ("NAME", Name), ("VERSION", Version), ("OUTCOME", Plain)];
        let mut table = Table::new(columns.chain(more));
        // Where everything happened on one machine and was allowed, neither is repeated in each line.
        let is_one_host = self.records.windows(2).all(|two| two[0].host == two[1].host);
        let is_all_allowed = self.records.iter().all(|record| record.outcome == Outcome::Allowed);
        let is_short = page.width().is_some();
        for record in &self.records {
            let who = who(record);
            let who = if is_short && is_one_host { who } else { format!("{who}@{}", record.host) };
            let job = is_in_job.then_some(&*record.job);
            let command = match (&*record.program, record.times) {
                ("", 0) => record.command.to_string(),
                (program, 0) => format!("{} {program}", record.command),
                (_, times) => format!("{} ×{times}", record.command),
            };
            let name = if record.name == "*" { "all names" } else { &record.name };
            let version = record.version.get(..8).unwrap_or(&record.version);
            let outcome = if is_short && is_all_allowed { "" } else { record.outcome.as_str() };
            let time = instant(&record.time, page);
            table.row([&*time, &who].into_iter().chain(job).chain([&*command, name, version, outcome]));
        }
        page.table(&table);
    }
}

/// The member, or the user of the machine who is none: `user` says so, because both may have the same name.
fn who(record: &Record<'_>) -> String {
    if !record.member.is_empty() || !record.caller.is_empty() {
        return record.who().to_owned();
    }
    format!("user {}", record.user.split_once(' ').map_or(&*record.user, |(_, name)| name))
}

/// The instant of a record, without its milliseconds.
fn instant(time: &str, page: &Page) -> String {
    second(time).map_or_else(|| time.to_owned(), |instant| page.stamp(instant))
}

/// The second in which a record was written.
pub(super) fn second(time: &str) -> Option<Timestamp> {
    format!("{}Z", time.get(..19)?).parse().ok()
}

impl Report for GroupsReport {
    fn text(&self, page: &mut Page) {
        use Meaning::Plain;
        let columns = self.by.iter().map(|by| (by.heading, Plain));
        let counts = [("COUNT", Plain), ("REFUSED", Plain), ("FIRST", Plain), ("LAST", Plain)];
        let mut table = Table::new(columns.chain(counts));
        for group in &self.groups {
            let cells = group.cells.iter().map(|cell| if cell.is_empty() { "-".to_owned() } else { cell.clone() });
            let (first, last) = (instant(&group.first_date, page), instant(&group.last_date, page));
            table.row(cells.chain([group.count.to_string(), group.refused.to_string(), first, last]));
        }
        page.table(&table);
    }
}
