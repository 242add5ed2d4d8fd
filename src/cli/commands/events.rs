//! `vault events`: what changed, and what is done about it.

mod dead;
mod deliver;
mod filter;
mod follow;
mod replay;
pub(crate) mod rules;
mod test_pattern;
mod text;

use std::num::NonZero;

use clap::{Args, Subcommand};
use serde::Serialize;

use self::filter::FilterArgs;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::count::Count;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::table::Table;
use crate::machine::events::{Entry, Journal};
use crate::model::event::Event;
use crate::model::time::Timestamp;

/// Show what changed in the vault, and run something when it does
#[derive(Debug, Args)]
#[command(
    long_about = "Show what changed in the vault, as this machine noticed it: the oldest change first.\n\n\
        Every change of a parameter, a secret or a member is an event in the shape of EventBridge, whether it was made here or \
        came with `vault sync` or `git pull`; the latter are noticed by `vault sync` and `vault tick`. Events hold no values.",
    after_help = "Examples:\n  \
        vault events --since 7d --path /app/prod\n  \
        vault events --type RotationFailed\n  \
        vault events rules add reload --pattern prod.json --on deploy \\\n      \
        --program reload.sh",
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true
)]
pub(crate) struct EventsArgs {
    #[command(subcommand)]
    command: Option<EventsCommand>,
    #[command(flatten)]
    ls: LsArgs,
}

#[derive(Debug, Subcommand)]
enum EventsCommand {
    #[command(visible_alias = "list")]
    Ls(LsArgs),
    Follow(follow::FollowArgs),
    #[command(subcommand)]
    Rules(rules::RulesCommand),
    TestPattern(test_pattern::TestPatternArgs),
    Replay(replay::ReplayArgs),
    Dead(dead::DeadArgs),
    #[command(hide = true)]
    Deliver(deliver::DeliverArgs),
}

/// List events
#[derive(Debug, Args)]
pub(crate) struct LsArgs {
    #[command(flatten)]
    filter: FilterArgs,
    /// Maximum number of events, the newest ones
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    last: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EventsReport {
    events: Vec<EventView>,
}

/// An event, and when this machine noticed it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EventView {
    noticed_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    depth: Option<NonZero<u32>>,
    event: Event,
}

pub(crate) fn run(args: &EventsArgs, context: &mut Context) -> CliResult<()> {
    match &args.command {
        Some(EventsCommand::Ls(args)) => ls(args, context),
        Some(EventsCommand::Follow(args)) => follow::run(args, context),
        Some(EventsCommand::Rules(command)) => rules::run(command, context),
        Some(EventsCommand::TestPattern(args)) => test_pattern::run(args, context),
        Some(EventsCommand::Replay(args)) => replay::run(args, context),
        Some(EventsCommand::Dead(args)) => dead::run(args, context),
        Some(EventsCommand::Deliver(args)) => deliver::run(args, context),
        None => ls(&args.ls, context),
    }
}

fn ls(args: &LsArgs, context: &mut Context) -> CliResult<()> {
    let filter = args.filter.filter(context.now)?;
    let vault = context.open_vault()?;
    let mut entries = Vec::new();
    Journal::of(vault.state()).after(0, |entry| {
        if filter.matches(&entry) {
            entries.push(entry);
        }
    })?;
    vault.finish(context);
    let others = entries.len().saturating_sub(args.last);
    if entries.is_empty() {
        context.ui.note("no event matches");
    }
    if others > 0 {
        context.ui.note(format!("{} left out: see `--last`", Count::of(others, "older event")));
    }
    let events = entries.split_off(others).into_iter().map(EventView::of).collect();
    Ok(context.ui.report(&EventsReport { events })?)
}

impl EventView {
    pub(super) fn of(entry: Entry) -> Self {
        EventView { noticed_date: entry.raised, depth: NonZero::new(entry.depth), event: entry.event }
    }

    fn cells(&self, page: &Page) -> [String; 5] {
        let event = &self.event;
        let by = event.detail["by"].as_str().unwrap_or_default();
        let time = event.time.parse::<Timestamp>().map_or_else(|_| event.time.clone(), |time| page.stamp(time));
        [time, event.operation().to_owned(), event.name().to_owned(), by.to_owned(), event.id.clone()]
    }

    /// The event as a line for a person.
    pub(super) fn line(&self, page: &Page) -> String {
        self.cells(page)[..4].join("  ")
    }
}

impl Report for EventsReport {
    fn text(&self, page: &mut Page) {
        use Meaning::{Dim, Name, Plain};
        let columns = [("TIME", Plain), ("WHAT", Plain), ("NAME", Name), ("BY", Plain), ("ID", Dim)];
        let mut table = Table::new(columns);
        for event in &self.events {
            table.row(event.cells(page));
        }
        page.table(&table);
    }
}
