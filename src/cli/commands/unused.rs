//! `vault unused`: what nobody has used.

use std::collections::BTreeSet;

use clap::Args;
use serde::Serialize;

use super::audit::{before, state};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::{Page, Report};
use crate::machine::audit::{Filter, Logs, uses};
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;

/// Show what nobody has used
#[derive(Debug, Args)]
#[command(
    long_about = "Show the parameters and secrets that nobody has used since a time, as far as the logs of uses on this machine \
        know. Bring the logs of other machines here first: `vault audit import`. Commands that look into everything, such as \
        `vault verify`, do not count as use.",
    after_help = "Examples:\n  vault unused --since 90d"
)]
pub(crate) struct UnusedArgs {
    /// From this time on: a period before now, such as 90d, a day, or an instant in UTC
    #[arg(long, value_name = "WHEN", default_value = "90d")]
    since: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UnusedReport {
    unused: Vec<String>,
    logs: usize,
}

pub(crate) fn run(args: &UnusedArgs, context: &mut Context) -> CliResult<()> {
    let since = before(&args.since, context.now)?;
    let vault = context.open_vault()?;
    let logs = Logs::of(vault.state());
    let parameters = vault.names::<Parameter>()?.found.into_iter().map(|name| name.to_string());
    let secrets = vault.names::<Secret>()?.found.into_iter().map(|name| name.to_string());
    let mut unused: BTreeSet<String> = parameters.chain(secrets).collect();
    vault.finish(context);
    let all = logs.all().map_err(state)?;
    for it in uses(&all, Filter { since: Some(since), ..Filter::default() }, "").map_err(state)? {
        unused.remove(&it.name);
    }
    if unused.is_empty() {
        context.ui.note("everything was used");
    }
    Ok(context.ui.report(&UnusedReport { unused: unused.into_iter().collect(), logs: all.len() })?)
}

impl Report for UnusedReport {
    fn text(&self, page: &mut Page) {
        for name in &self.unused {
            page.name(name);
        }
    }
}
