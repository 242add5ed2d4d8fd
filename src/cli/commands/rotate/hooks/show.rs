//! `vault rotate hooks show`.

use clap::Args;

use super::report::HookReport;
use crate::cli::commands::rotate::digest::Digest;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::hook::Candidate;
use crate::model::hook::HookName;

/// Print a hook and its digest
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The hook, as `vault rotate hooks list` names it
    hook: HookName,
}

pub(super) fn run(args: &ShowArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let Some(candidate) = Candidate::of(vault.path(), &args.hook)? else {
        vault.finish(context);
        return HookReport::comes_with_vault(args.hook.to_string(), context);
    };
    let vault = vault.finish(context);
    Ok(context.ui.report(&HookReport {
        hook: candidate.name.clone(),
        digest: Some(Digest(candidate.digest)),
        approved: candidate.require_approval(vault.state()).is_ok(),
        content: String::from_utf8(candidate.content).ok(),
    })?)
}
