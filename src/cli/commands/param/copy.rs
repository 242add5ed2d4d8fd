//! `vault param copy`: a value under another name as well.

use clap::Args;

use super::put::PutReport;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
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
    #[arg(value_name = "FROM[:VERSION|:LABEL]")]
    from: ParameterRef,
    /// New name
    to: ParameterName,
    /// Add a new version if the other name exists
    #[arg(short, long)]
    overwrite: bool,
}

pub(super) fn run(args: &CopyArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let overwrite = if args.overwrite { Overwrite::Replace } else { Overwrite::Refuse };
    let outcome = vault.copy(&args.from.name, &args.from.selector, &args.to, overwrite, context.now)?;
    vault.finish(context);
    context.ui.report(&PutReport::new(&outcome, context.global.dry_run))?;
    Ok(())
}
