//! `vault member show`: everything that the trust chain says about a member.

use clap::Args;

use super::view::{MemberView, member};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::model::name::MemberName;

/// Show a member's metadata
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  vault member show bob")]
pub(crate) struct ShowArgs {
    /// Name of the member
    name: MemberName,
}

pub(super) fn run(args: &ShowArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let member = member(&vault, &args.name)?;
    let view = MemberView::new(&vault, &member)?.with_recipients(&member);
    vault.finish(context);
    Ok(context.ui.report(&view)?)
}
