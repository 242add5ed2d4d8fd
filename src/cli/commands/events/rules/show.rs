//! `vault events rules show`.

use clap::Args;

use super::view::RuleView;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::model::name::RuleName;

/// Show a rule
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  vault events rules show reload")]
pub(crate) struct ShowArgs {
    /// Name of the rule
    name: RuleName,
}

pub(super) fn run(args: &ShowArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let view = RuleView::of(&vault, &vault.rule(&args.name)?);
    vault.finish(context);
    Ok(context.ui.report(&view)?)
}
