//! `vault events dead`: deliveries that were given up.

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::events::{TARGET_TIME, deliver};
use crate::cli::process;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::table::Table;
use crate::machine::events::{Delivery, Outbox};
use crate::model::time::Timestamp;

/// Show deliveries that were given up, try them again or drop them
#[derive(Debug, Args)]
#[command(
    long_about = "Show deliveries that were given up: after 24 hours of failures, or because targets changed what they are told about \
        in a loop. They stay until they are tried again or dropped.",
    after_help = "Examples:\n  vault events dead\n  vault events dead retry --all\n  vault events dead drop 1f0c2a7e",
    disable_help_subcommand = true
)]
pub(crate) struct DeadArgs {
    #[command(subcommand)]
    command: Option<DeadCommand>,
}

#[derive(Debug, Subcommand)]
enum DeadCommand {
    /// List deliveries that were given up
    #[command(visible_alias = "list")]
    Ls,
    /// Try deliveries again
    Retry(Which),
    /// Drop deliveries
    Drop(Which),
}

/// Which deliveries are meant.
#[derive(Debug, Args)]
#[group(required = true)]
struct Which {
    /// Ids of events, or their beginnings
    #[arg(value_name = "ID", conflicts_with = "all")]
    ids: Vec<String>,
    /// All of them
    #[arg(long)]
    all: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeadReport {
    dead: Vec<DeadView>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeadView {
    id: String,
    rule: String,
    target: usize,
    operation: String,
    name: String,
    tries: u32,
    since_date: String,
    error: String,
}

pub(super) fn run(args: &DeadArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let outbox = Outbox::of(vault.state());
    let dead = outbox.dead()?;
    let chosen = match &args.command {
        None | Some(DeadCommand::Ls) => dead,
        Some(DeadCommand::Retry(which) | DeadCommand::Drop(which)) => which.of(dead)?,
    };
    if !context.global.dry_run {
        match &args.command {
            Some(DeadCommand::Retry(_)) => {
                for delivery in &chosen {
                    outbox.revive(&delivery.anew(context.now))?;
                }
                process::look_up_without_modules();
                deliver(&vault, TARGET_TIME)?;
            }
            Some(DeadCommand::Drop(_)) => chosen.iter().try_for_each(|delivery| outbox.forget(delivery))?,
            None | Some(DeadCommand::Ls) => {}
        }
    }
    vault.finish(context);
    if chosen.is_empty() {
        context.ui.note("nothing was given up");
    }
    Ok(context.ui.report(&DeadReport { dead: chosen.into_iter().map(DeadView::of).collect() })?)
}

impl Which {
    fn of(&self, mut dead: Vec<Delivery>) -> CliResult<Vec<Delivery>> {
        dead.retain(|it| self.all || self.ids.iter().any(|id| !id.is_empty() && it.event.id.starts_with(id.as_str())));
        if dead.is_empty() && !self.all {
            return Err(CliError::usage("no delivery of such an event was given up", "`vault events dead` lists them"));
        }
        Ok(dead)
    }
}

impl DeadView {
    fn of(delivery: Delivery) -> Self {
        DeadView {
            id: delivery.event.id.clone(),
            operation: delivery.event.operation().to_owned(),
            name: delivery.event.name().to_owned(),
            rule: delivery.rule,
            target: delivery.target,
            tries: delivery.tries,
            since_date: delivery.begun,
            error: delivery.error,
        }
    }
}

impl Report for DeadReport {
    fn text(&self, page: &mut Page) {
        use Meaning::{Dim, Name, Plain};
        let columns = [("SINCE", Plain), ("RULE", Name), ("WHAT", Plain), ("NAME", Name), ("TRIES", Plain)];
        let mut table = Table::new(columns.into_iter().chain([("WHY", Plain), ("ID", Dim)]));
        for it in &self.dead {
            let since =
                it.since_date.parse::<Timestamp>().map_or_else(|_| it.since_date.clone(), |since| page.stamp(since));
            let tries = it.tries.to_string();
            let id = it.id.get(..8).unwrap_or(&it.id);
            table.row([&*since, &it.rule, &it.operation, &it.name, &tries, &it.error, id]);
        }
        page.table(&table);
    }
}
