//! `vault member ls`: who belongs to the vault.

use clap::Args;
use serde::Serialize;

use super::view::{MemberView, names};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::table::Table;

/// List members
#[derive(Debug, Args)]
#[command(
    long_about = "List members: people and machines, what they may read, and where they may write.",
    after_help = "Examples:\n  vault member ls\n  vault member ls --json"
)]
pub(crate) struct LsArgs {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LsReport {
    members: Vec<MemberView>,
    former_members: Vec<String>,
}

pub(super) fn run(_: &LsArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let trust = vault.trust();
    let members = trust.members.iter().map(|member| MemberView::new(&vault, member));
    let members = members.collect::<CliResult<Vec<_>>>()?;
    // A member whose keys were replaced has an entry for the old ones but is still a member.
    let former = trust.former.iter().filter(|former| trust.member(&former.name).is_none());
    let former_members = former.map(|former| former.name.to_string()).collect();
    vault.finish(context);
    Ok(context.ui.report(&LsReport { members, former_members })?)
}

impl Report for LsReport {
    fn text(&self, page: &mut Page) {
        use Meaning::{Name, Plain};
        let mut table = Table::new([("NAME", Name), ("ROLE", Plain), ("READS", Plain), ("WRITES", Plain)]);
        for MemberView { name, role, reads, writes, .. } in &self.members {
            table.row([name.as_str(), role, &names(reads), &names(writes)]);
        }
        page.table(&table);
        if !self.former_members.is_empty() {
            page.plain(&format!("removed: {}", self.former_members.join(", ")));
        }
    }
}
