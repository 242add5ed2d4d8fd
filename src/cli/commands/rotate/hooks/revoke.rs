//! `vault rotate hooks revoke`.

use clap::Args;

use super::report::HookReport;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::machine::{Approvals, Subject};

/// Revoke all approvals of a hook, and stop its rotations here
#[derive(Debug, Args)]
pub(crate) struct RevokeArgs {
    /// The hook, as `vault rotate hooks list` names it
    hook: String,
}

pub(super) fn run(args: &RevokeArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    if !context.global.dry_run {
        Approvals::revoke(vault.state(), &Subject::Program(args.hook.clone()))?;
    }
    vault.finish(context);
    Ok(context.ui.report(&HookReport { hook: args.hook.clone(), digest: None, approved: false, content: None })?)
}
