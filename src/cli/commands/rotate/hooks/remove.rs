//! `vault rotate hooks rm`: a function that clients of the server may no longer name.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::machine::Function;

/// Unregister a function
#[derive(Debug, Args)]
#[command(
    long_about = "Unregister a function that `vault rotate hooks add` registered. Rotations that were configured with it stay as \
        they are; `vault rotate hooks revoke HOOK` stops them on this machine.",
    after_help = "Example:\n  vault rotate hooks rm rotate-db"
)]
pub(crate) struct RemoveArgs {
    /// Name of the function
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RemoveReport {
    function: String,
}

pub(super) fn run(args: &RemoveArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let state = vault.state();
    let is_known = if context.global.dry_run {
        Function::find(state, &args.name)?.is_some()
    } else {
        Function::remove(state, &args.name)?
    };
    if !is_known {
        return Err(CliError::usage(
            format!("no function `{}` is registered", args.name),
            "`vault rotate hooks list` shows those that are",
        ));
    }
    vault.finish(context);
    Ok(context.ui.report(&RemoveReport { function: args.name.clone() })?)
}

impl Report for RemoveReport {
    fn text(&self, page: &mut Page) {
        page.line(format!("{} {}", page.paint(Meaning::Name, &self.function), page.done("unregistered")));
    }
}
