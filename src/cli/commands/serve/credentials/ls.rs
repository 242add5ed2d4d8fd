//! `vault serve credentials ls`.

use clap::Args;
use serde::Serialize;

use super::view::CredentialView;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::refused;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::table::Table;

/// List credentials
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  vault serve credentials ls\n  vault serve credentials ls --all")]
pub(crate) struct LsArgs {
    /// Show revoked ones too
    #[arg(short, long)]
    all: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CredentialsReport {
    credentials: Vec<CredentialView>,
}

pub(super) fn run(args: &LsArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let all = vault.issued_credentials()?;
    let shown = all.found.iter().filter(|it| args.all || !it.revoked);
    let credentials: Vec<_> = shown.map(|it| CredentialView::of(&vault, it, context.now)).collect();
    vault.finish(context);
    if credentials.is_empty() {
        context.ui.note("there are no credentials: `vault serve credentials add --help` has an example");
    }
    context.ui.report(&CredentialsReport { credentials })?;
    refused::outcome(all.refused)
}

impl Report for CredentialsReport {
    fn text(&self, page: &mut Page) {
        use Meaning::{Name, Plain, Version};
        let mut table =
            Table::new([("ID", Version), ("NAME", Name), ("BY", Plain), ("EXPIRES", Plain), ("STATE", Plain)]);
        for credential in &self.credentials {
            table.row(credential.cells(page));
        }
        page.table(&table);
    }
}
