//! `vault rotate resume`: an unfinished rotation continues.

use clap::Args;

use super::limits::StepLimit;
use super::run::finish;
use super::runner::{Batch, Reason};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::model::name::SecretName;

/// Resume an unfinished rotation
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  vault rotate resume prod/db")]
pub(crate) struct ResumeArgs {
    /// Name of the secret
    name: SecretName,
    #[command(flatten)]
    limit: StepLimit,
}

pub(super) fn run(args: &ResumeArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    vault.unfinished_rotation(&args.name)?;
    let (names, timeout) = (std::slice::from_ref(&args.name), args.limit.duration());
    let batch = Batch { names, token: None, reason: Reason::Named, timeout, jobs: 1 };
    finish(&batch, Vec::new(), vault, context)
}
