//! `vault param rollback`: an older value again, as a new version.

use clap::Args;

use super::put::PutReport;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::model::parameter::{ParameterRef, Selector};

/// Restore an older version, as a new version
#[derive(Debug, Args)]
#[command(
    long_about = "Restore the value and settings of an older version. Versions are immutable, so this adds a new \
        one. To point readers to an older version without adding one, move a label with `vault label move`.",
    after_help = "Example:\n  vault param rollback /app/prod/db/password:3"
)]
pub(crate) struct RollbackArgs {
    /// NAME:VERSION or NAME:LABEL
    #[arg(value_name = "NAME:VERSION|NAME:LABEL")]
    to: ParameterRef,
}

pub(super) fn run(args: &RollbackArgs, context: &mut Context) -> CliResult<()> {
    if args.to.selector == Selector::Latest {
        return Err(CliError::usage(
            "which version?",
            format!("`vault param history {0}` shows them; then `vault param rollback {0}:VERSION`", args.to.name),
        ));
    }
    let vault = context.open_vault()?;
    let outcome = vault.rollback(&args.to.name, &args.to.selector, context.now)?;
    vault.finish(context);
    Ok(context.ui.report(&PutReport::from(&outcome))?)
}
