//! `vault member show`: everything that the trust chain says about a member.

use clap::Args;

use super::view::MemberView;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::engine::Error;
use crate::model::name::MemberName;
use crate::model::team::TeamError;

/// Show a member's metadata
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  vault member show bob")]
pub(crate) struct ShowArgs {
    /// Name of the member
    name: MemberName,
}

pub(super) fn run(args: &ShowArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let trust = vault.trust();
    let member = trust.member(&args.name);
    let member = member.ok_or_else(|| Error::from(TeamError::NoSuchMember(args.name.clone())))?;
    let view = MemberView::new(&vault, member)?.with_recipients(member);
    vault.finish(context);
    context.ui.report(&view)?;
    Ok(())
}
