//! `vault key disable`: a key that nothing uses for a while.

use clap::Args;

use super::view::KeyView;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::model::name::KeyName;

/// Disable a key until it is enabled again
#[derive(Debug, Args)]
#[command(
    long_about = "Disable a key until it is enabled again.\n\n\
        Meanwhile no value under it can be read, and none can be written to the names that it governs. Nothing is \
        lost, and members can still be added and removed.",
    after_help = "Examples:\n  vault key disable prod\n  vault key enable prod"
)]
pub(crate) struct DisableArgs {
    /// Name of the key
    name: KeyName,
}

pub(super) fn run(args: &DisableArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    if !vault.disable_key(&args.name, context.now)? {
        context.ui.note(format!("the key `{}` is disabled already; nothing was changed", args.name));
    }
    KeyView::new(&vault, &args.name)?.conclude(vault, context)?;
    context.ui.note(format!("its values cannot be read until `vault key enable {}`", args.name));
    Ok(())
}
