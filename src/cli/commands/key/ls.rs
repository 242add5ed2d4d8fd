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
    let keys = vault.trust().keys.iter().map(|key| KeyView::new(&vault, &key.name)).collect::<CliResult<_>>()?;
    vault.finish(context);
    Ok(context.ui.report(&LsReport { keys })?)
}

impl Report for LsReport {
    fn text(&self, page: &mut Page) {
        use Meaning::{Name, Plain, Version};
        let has_states = self.keys.iter().any(|key| key.state.is_some());
        let state = has_states.then_some(("STATE", Plain));
        let columns = [("NAME", Name), ("VERSION", Version), ("GOVERNS", Plain), ("READERS", Plain)];
        let mut table = Table::new(columns.into_iter().chain(state));
        for key in &self.keys {
            let cells = [key.name.clone(), key.version.to_string(), key.scopes.join(", "), key.readers.join(", ")];
            table.row(cells.into_iter().chain(has_states.then(|| key.standing())));
        }
        page.table(&table);
    }
}
