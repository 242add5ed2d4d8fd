//! `vault events deliver`: the process that a change starts where a rule runs.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::events::{TARGET_TIME, deliver};
use crate::cli::process;
use crate::cli::report::count::Count;
use crate::cli::terminal::page::{Page, Report};
use crate::hook::event::Delivered;

/// Deliver events to the targets of rules; started by changes, and a part of `vault tick`
#[derive(Debug, Args)]
pub(crate) struct DeliverArgs {
    /// Leave the terminal first
    #[arg(long, hide = true)]
    detached: bool,
    /// Seconds that a target may take
    #[arg(long, value_name = "SECONDS", default_value_t = TARGET_TIME.as_secs(), value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeliverReport {
    delivered: usize,
    failed: usize,
    dead: usize,
}

pub(super) fn run(args: &DeliverArgs, context: &mut Context) -> CliResult<()> {
    if args.detached {
        // Fails only for the leader of a group, which nobody starts.
        let _ = rustix::process::setsid();
        process::keep_all_from_children();
    }
    process::look_up_without_modules();
    let vault = context.open_vault()?;
    let delivered = deliver(&vault, Duration::from_secs(args.timeout))?;
    vault.finish(context);
    Ok(context.ui.report(&DeliverReport::from(delivered))?)
}

impl From<Delivered> for DeliverReport {
    fn from(Delivered { done, failed, dead }: Delivered) -> Self {
        DeliverReport { delivered: done, failed, dead }
    }
}

impl Report for DeliverReport {
    fn text(&self, page: &mut Page) {
        page.line(format!("{} done", Count::of_irregular(self.delivered, "delivery", "deliveries")));
        if self.failed > 0 {
            page.line(format!("{} failed and will be tried again", self.failed));
        }
        if self.dead > 0 {
            page.line(format!("{} given up: `vault events dead`", self.dead));
        }
    }
}
