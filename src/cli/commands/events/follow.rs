//! `vault events follow`: events as this machine notices them.

use std::time::Duration;

use clap::Args;

use super::EventView;
use super::filter::FilterArgs;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::json;
use crate::cli::terminal::escape;
use crate::cli::terminal::page::Format;
use crate::machine::events::Journal;

/// How often the journal is looked at.
const PAUSE: Duration = Duration::from_millis(500);

/// Print events as they are noticed, until Ctrl-C
#[derive(Debug, Args)]
#[command(
    long_about = "Print events as this machine notices them, until Ctrl-C: one line each, with --json one line of JSON.\n\n\
        Changes of this machine are noticed at once, those of others by `vault sync` and `vault tick`.",
    after_help = "Examples:\n  vault events follow --path /app/prod\n  vault events follow --json | jq .Event.detail"
)]
pub(crate) struct FollowArgs {
    #[command(flatten)]
    filter: FilterArgs,
    /// End after this many events
    #[arg(long, value_name = "NUMBER")]
    count: Option<u64>,
}

pub(super) fn run(args: &FollowArgs, context: &mut Context) -> CliResult<()> {
    let filter = args.filter.filter(context.now)?;
    let vault = context.open_vault()?;
    let vault = vault.finish(context);
    let journal = Journal::of(vault.state());
    let mut seq = if args.filter.is_of_past() { 0 } else { journal.last()? };
    let mut left = args.count.unwrap_or(u64::MAX);
    while left > 0 {
        let mut entries = Vec::new();
        journal.after(seq, |entry| entries.push(entry))?;
        for entry in entries {
            seq = entry.seq;
            if left > 0 && filter.matches(&entry) {
                print(&EventView::of(entry), context)?;
                left -= 1;
            }
        }
        if left > 0 {
            std::thread::sleep(PAUSE);
        }
    }
    Ok(())
}

fn print(event: &EventView, context: &mut Context) -> std::io::Result<()> {
    match context.ui.settings().format {
        Format::Json => context.ui.bytes(json::one_line(event)?.as_bytes()),
        Format::Text => {
            let line = event.line(&context.ui.page());
            context.ui.bytes(format!("{}\n", escape::line(&line)).as_bytes())
        }
    }
}
