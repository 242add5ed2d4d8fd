//! `vault param move`, or `mv`: another name for a parameter.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::model::name::ParameterName;

/// Rename a parameter
#[derive(Debug, Args)]
#[command(
    long_about = "Rename a parameter, with its whole history and its labels. The new name must not be in use.",
    after_help = "Example:\n  vault param move /app/dev/db/pass /app/dev/db/password"
)]
pub(crate) struct MoveArgs {
    /// Old name
    from: ParameterName,
    /// New name
    to: ParameterName,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MoveReport {
    from: String,
    #[serde(rename = "Name")]
    to: String,
}

pub(super) fn run(args: &MoveArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    vault.rename(&args.from, &args.to, context.now)?;
    vault.finish(context);
    Ok(context.ui.report(&MoveReport { from: args.from.to_string(), to: args.to.to_string() })?)
}

impl Report for MoveReport {
    fn text(&self, page: &mut Page) {
        let (from, to) = (page.paint(Meaning::Name, &self.from), page.paint(Meaning::Name, &self.to));
        let becomes = if page.is_of_dry_run() { "would become" } else { "→" };
        page.line(format!("{from} {becomes} {to}"));
    }
}
