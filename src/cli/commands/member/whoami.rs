//! `vault member whoami`: the member whom this machine's identity signs for.

use clap::Args;

use super::view::MemberView;
use crate::cli::context::Context;
use crate::cli::error::CliResult;

/// Show who you are in this vault
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  vault member whoami")]
pub(crate) struct WhoamiArgs {}

pub(super) fn run(_: &WhoamiArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let view = MemberView::new(&vault, &vault.whoami()?)?;
    vault.finish(context);
    Ok(context.ui.report(&view)?)
}
