//! `vault audit`: who used and changed what, from the logs of uses.

mod anchor;
mod cloudtrail;
mod csv;
mod export;
mod filter;
mod first_time;
mod import;
mod verify;

use std::collections::{BTreeMap, VecDeque};

use clap::{Args, Subcommand};
use serde::Serialize;

pub(super) use self::anchor::{Anchored, anchored, renew};
use self::filter::FilterArgs;
pub(super) use self::filter::{before, in_records};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::count::Count;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::table::Table;
use crate::engine::Error;
use crate::machine::audit::{Group, GroupBy, Logs, Outcome, Record, group, matching};
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum By {
    Member,
    User,
    Host,
    Name,
    Command,
    Program,
    Day,
    Action,
    Outcome,
    Agent,
    Job,
    /// The credential with which a program called the server
    Credential,
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
    if args.first_time {
        return first_time::show(args.filter.filter(context.now)?, args.last, context);
    }
    let filter = args.filter.filter(context.now)?;
    let logs = logs(context)?;
    let (mut records, mut groups) = (VecDeque::new(), BTreeMap::new());
    let by: Vec<GroupBy> = args.group_by.iter().map(|by| by.group()).collect();
    let mut others = 0_usize;
    for log in logs.all().map_err(state)? {
        matching(&log, &filter, |_, record| {
            if by.is_empty() {
                records.push_back(record.clone().owned());
                if records.len() > args.last {
                    records.pop_front();
                    others += 1;
                }
            } else {
                group(&mut groups, &by, record);
            }
        })
        .map_err(state)?;
    }
    if groups.is_empty() && records.is_empty() {
        context.ui.note("no record matches");
    }
    if others > 0 {
        context.ui.note(format!("{} left out: see `--last`", Count::of(others, "older record")));
    }
    if by.is_empty() {
        let mut records = Vec::from(records);
        records.sort_by(|a, b| a.time.cmp(&b.time));
        context.ui.report(&RecordsReport { records })?;
    } else {
        let mut groups: Vec<GroupView> = groups.into_iter().map(|group| view(&args.group_by, group)).collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.count));
        context.ui.report(&GroupsReport { by: args.group_by.clone(), groups })?;
    }
    Ok(())
}

/// The logs of the vault on this machine.
pub(super) fn logs(context: &mut Context) -> CliResult<Logs> {
    let vault = context.open_vault()?;
    let logs = Logs::of(vault.state());
    vault.finish(context);
    Ok(logs)
}

/// A log that cannot be read.
pub(super) fn state(error: crate::machine::private::PrivateError) -> Error {
    Error::State(error.into())
}

fn view(by: &[By], (cells, group): (Vec<String>, Group)) -> GroupView {
    let of = by.iter().map(|by| by.heading().1).zip(cells.iter().cloned()).collect();
    GroupView { of, cells, count: group.count, refused: group.refused, first_date: group.first, last_date: group.last }
}

impl By {
    fn group(self) -> GroupBy {
        match self {
            By::Member => GroupBy::Member,
            By::User => GroupBy::User,
            By::Host => GroupBy::Host,
            By::Name => GroupBy::Name,
            By::Command => GroupBy::Command,
            By::Program => GroupBy::Program,
            By::Day => GroupBy::Day,
            By::Action => GroupBy::Action,
            By::Outcome => GroupBy::Outcome,
            By::Agent => GroupBy::Agent,
            By::Job => GroupBy::Job,
            By::Credential => GroupBy::Credential,
        }
    }

    /// The heading of its column, and its member in JSON.
    fn heading(self) -> (&'static str, &'static str) {
        match self {
            By::Member => ("MEMBER", "Member"),
            By::User => ("USER", "User"),
            By::Host => ("HOST", "Host"),
            By::Name => ("NAME", "Name"),
            By::Command => ("COMMAND", "Command"),
            By::Program => ("PROGRAM", "Program"),
            By::Day => ("DAY", "Day"),
            By::Action => ("ACTION", "Action"),
            By::Outcome => ("OUTCOME", "Outcome"),
            By::Agent => ("AGENT", "Agent"),
            By::Job => ("JOB", "Job"),
            By::Credential => ("CREDENTIAL", "Credential"),
        }
    }
}

impl Report for RecordsReport {
    fn text(&self, page: &mut Page) {
        let mut table = Table::new([
            ("TIME", Meaning::Plain),
            ("WHO", Meaning::Plain),
            ("COMMAND", Meaning::Plain),
            ("NAME", Meaning::Name),
            ("VERSION", Meaning::Version),
            ("OUTCOME", Meaning::Plain),
        ]);
        // Where everything happened on one machine and was allowed, neither is repeated in each line.
        let is_one_host = self.records.windows(2).all(|two| two[0].host == two[1].host);
        let is_all_allowed = self.records.iter().all(|record| record.outcome == Outcome::Allowed);
        let is_short = page.width().is_some();
        for record in &self.records {
            let who = record.who();
            let who = if is_short && is_one_host { who.to_string() } else { format!("{who}@{}", record.host) };
            let command = match (&*record.program, record.times) {
                ("", 0) => record.command.to_string(),
                (program, 0) => format!("{} {program}", record.command),
                (_, times) => format!("{} ×{times}", record.command),
            };
            let name = if record.name == "*" { "all names" } else { &record.name };
            let version = record.version.get(..8).unwrap_or(&record.version);
            let outcome = if is_short && is_all_allowed { "" } else { record.outcome.as_str() };
            table.row([&*instant(&record.time, page), &who, &command, name, version, outcome]);
        }
        page.table(&table);
    }
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
        let columns = self.by.iter().map(|by| (by.heading().0, Meaning::Plain));
        let counts = [
            ("COUNT", Meaning::Plain),
            ("REFUSED", Meaning::Plain),
            ("FIRST", Meaning::Plain),
            ("LAST", Meaning::Plain),
        ];
        let mut table = Table::new(columns.chain(counts));
        for group in &self.groups {
            let cells = group.cells.iter().map(|cell| if cell.is_empty() { "-".to_owned() } else { cell.clone() });
            let counts = [
                group.count.to_string(),
                group.refused.to_string(),
                instant(&group.first_date, page),
                instant(&group.last_date, page),
            ];
            table.row(cells.chain(counts));
        }
        page.table(&table);
    }
}
