//! `vault events rules enable` and `disable`.

use clap::Args;

use super::view::RuleView;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::engine::Error;
use crate::model::event::Rule;
use crate::model::name::RuleName;

/// Enable a rule
#[derive(Debug, Args)]
#[command(
    long_about = "Enable a rule. What happened while it was disabled is not delivered; `vault events replay` does that.",
    after_help = "Examples:\n  vault events rules enable reload"
)]
pub(crate) struct EnableArgs {
    /// Name of the rule
    name: RuleName,
}

/// Disable a rule
#[derive(Debug, Args)]
#[command(
    long_about = "Disable a rule. What waits for delivery is dropped.",
    after_help = "Examples:\n  vault events rules disable reload"
)]
pub(crate) struct DisableArgs {
    /// Name of the rule
    name: RuleName,
}

pub(super) fn enable(args: &EnableArgs, context: &mut Context) -> CliResult<()> {
    switch(&args.name, true, context)
}

pub(super) fn disable(args: &DisableArgs, context: &mut Context) -> CliResult<()> {
    switch(&args.name, false, context)
}

fn switch(name: &RuleName, enabled: bool, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let rule = vault.change_rule(name, context.now, |rule| {
        Ok(Rule { enabled, ..rule.ok_or_else(|| Error::NoRule(name.clone()))? })
    })?;
    let vault = vault.finish(context);
    RuleView::report(&vault, &rule, context)
}
