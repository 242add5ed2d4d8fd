//! `vault rotate revoke`: an approval of this machine is withdrawn.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::hook::Handover;
use crate::model::name::SecretName;

/// Revoke the approval of a rotation on this machine
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  vault rotate revoke prod/db")]
pub(crate) struct RevokeArgs {
    /// Name of the secret
    name: SecretName,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RevokeReport {
    name: String,
    approved: bool,
}

pub(super) fn run(args: &RevokeArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    if !context.global.dry_run {
        Handover::revoke(vault.state(), &args.name)?;
    }
    vault.finish(context);
    Ok(context.ui.report(&RevokeReport { name: args.name.to_string(), approved: false })?)
}

impl Report for RevokeReport {
    fn text(&self, page: &mut Page) {
        page.line(format!("{} is not approved for rotation on this machine", page.paint(Meaning::Name, &self.name)));
    }
}
