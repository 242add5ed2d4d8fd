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
        let mut table = Table::new([
            ("NAME", Meaning::Name),
            ("VERSION", Meaning::Version),
            ("GOVERNS", Meaning::Plain),
            ("READERS", Meaning::Plain),
        ]);
        for key in &self.keys {
            let (version, scopes, readers) = (key.version.to_string(), key.scopes.join(", "), key.readers.join(", "));
            table.row([&key.name, &version, &scopes, &readers]);
        }
        page.table(&table);
    }
}
