//! `vault events rules rm`.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::prompt::Question;
use crate::engine::Error;
use crate::model::name::RuleName;

/// Delete a rule
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  vault events rules rm reload --yes")]
pub(crate) struct RmArgs {
    /// Name of the rule
    name: RuleName,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RmReport {
    name: String,
}

pub(super) fn run(args: &RmArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    vault.rule(&args.name)?;
    vault.require_admin()?;
    let text = format!("Delete the rule {}?", args.name);
    context.confirm_change(args.yes, Question::confirmation(&text), "nothing was deleted")?;
    vault.change_rule(&args.name, context.now, |rule| {
        let mut rule = rule.ok_or_else(|| Error::NoRule(args.name.clone()))?;
        rule.delete();
        Ok(rule)
    })?;
    vault.finish(context);
    Ok(context.ui.report(&RmReport { name: args.name.to_string() })?)
}

impl Report for RmReport {
    fn text(&self, page: &mut Page) {
        page.line(format!("{} {}", page.paint(Meaning::Name, &self.name), page.done("deleted")));
    }
}
