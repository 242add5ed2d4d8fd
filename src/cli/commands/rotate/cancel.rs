//! `vault rotate cancel`: a secret is not rotated any more.

use clap::Args;

use super::stopped;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::model::name::SecretName;

/// Stop rotating a secret until it is configured again
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  vault rotate cancel prod/db")]
pub(crate) struct CancelArgs {
    /// Name of the secret
    name: SecretName,
}

pub(super) fn run(args: &CancelArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let left = vault.cancel_rotation(&args.name, context.now)?;
    if vault.is_being_rotated(&args.name)? {
        context.ui.note(
            "a rotation of it is running on this machine: it stops before `set`; if `set` has begun, it finishes, so that \
             AWSCURRENT is the value that the service has",
        );
    }
    vault.finish(context);
    stopped::report(&args.name, left.as_ref(), "cancelled", "an unfinished rotation stays as AWSPENDING", context)
}
