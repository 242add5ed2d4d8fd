//! `vault param copy` and `vault param move`: a value under another name.

use clap::Args;
use serde::Serialize;

use super::put::PutReport;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::input::completer;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::model::name::ParameterName;
use crate::model::parameter::{Overwrite, ParameterRef};

/// Copy a parameter's value to another name
#[derive(Debug, Args)]
#[command(
    long_about = "Copy a parameter's value, settings and tags to another name. History and labels are not copied.",
    after_help = "Example:\n  vault param copy /app/dev/db/host /app/stage/db/host"
)]
pub(crate) struct CopyArgs {
    /// NAME, NAME:VERSION or NAME:LABEL
    #[arg(value_name = "FROM[:VERSION|:LABEL]", add = completer::names())]
    from: ParameterRef,
    /// New name
    to: ParameterName,
    /// Add a new version if the other name exists
    #[arg(short, long)]
    overwrite: bool,
}

/// Rename a parameter
#[derive(Debug, Args)]
#[command(
    long_about = "Rename a parameter, with its whole history and its labels. The new name must not be in use.",
    after_help = "Example:\n  vault param move /app/dev/db/pass /app/dev/db/password"
)]
pub(crate) struct MoveArgs {
    /// Old name
    #[arg(add = completer::names())]
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

pub(super) fn run(args: &CopyArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let overwrite = if args.overwrite { Overwrite::Replace } else { Overwrite::Refuse };
    let outcome = vault.copy(&args.from.name, &args.from.selector, &args.to, overwrite, context.now)?;
    vault.finish(context);
    context.ui.report(&PutReport::new(&outcome, context.global.dry_run))?;
    Ok(())
}

pub(super) fn rename(args: &MoveArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    vault.rename(&args.from, &args.to, context.now)?;
    vault.finish(context);
    context.ui.report(&MoveReport { from: args.from.to_string(), to: args.to.to_string() })?;
    Ok(())
}

impl Report for MoveReport {
    fn text(&self, page: &mut Page) {
        let (from, to) = (page.paint(Meaning::Name, &self.from), page.paint(Meaning::Name, &self.to));
        page.line(format!("{from} → {to}"));
    }
}
