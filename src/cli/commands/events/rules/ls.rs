//! `vault events rules ls`.

use clap::Args;
use serde::Serialize;

use super::view::RuleView;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::refused;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::table::Table;

/// List rules
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  vault events rules ls")]
pub(crate) struct LsArgs {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RulesReport {
    rules: Vec<RuleView>,
}

pub(super) fn run(_: &LsArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let rules = vault.rules()?;
    let views: Vec<RuleView> = rules.found.iter().map(|rule| RuleView::of(&vault, rule)).collect();
    vault.finish(context);
    if views.is_empty() {
        context.ui.note("there are no rules: `vault events rules add --help` has examples");
    }
    context.ui.report(&RulesReport { rules: views })?;
    refused::outcome(rules.refused)
}

impl Report for RulesReport {
    fn text(&self, page: &mut Page) {
        use Meaning::{Name, Plain};
        let mut table = Table::new([("RULE", Name), ("ON", Plain), ("TARGETS", Plain), ("HERE", Plain)]);
        for rule in &self.rules {
            table.row(rule.cells());
        }
        page.table(&table);
    }
}
