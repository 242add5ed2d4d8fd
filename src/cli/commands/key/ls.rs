//! `vault key ls`: the keys, what they govern, and who reads them.

use clap::Args;
use serde::Serialize;

use super::view::KeyView;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::table::Table;

/// List keys
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  vault key ls")]
pub(crate) struct LsArgs {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LsReport {
    keys: Vec<KeyView>,
}

pub(super) fn run(_: &LsArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let trust = vault.trust();
    let keys = trust.keys.iter().map(|rule| KeyView::new(&vault, &rule.name));
    let keys = keys.collect::<CliResult<Vec<_>>>()?;
    vault.finish(context);
    context.ui.report(&LsReport { keys })?;
    Ok(())
}

impl Report for LsReport {
    fn text(&self, page: &mut Page) {
        let mut columns = vec![
            ("NAME", Meaning::Name),
            ("VERSION", Meaning::Version),
            ("GOVERNS", Meaning::Plain),
            ("READERS", Meaning::Plain),
        ];
        let has_states = self.keys.iter().any(|key| key.state.is_some());
        if has_states {
            columns.push(("STATE", Meaning::Plain));
        }
        let mut table = Table::new(columns);
        for key in &self.keys {
            let mut cells =
                vec![key.name.clone(), key.version.to_string(), key.scopes.join(", "), key.readers.join(", ")];
            if has_states {
                cells.push(key.standing());
            }
            table.row(cells);
        }
        page.table(&table);
    }
}
