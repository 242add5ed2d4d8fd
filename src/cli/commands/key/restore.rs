//! `vault key restore`: a key that was marked for deletion is used again.

use clap::Args;

use super::view::KeyView;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::model::name::KeyName;

/// Cancel the deletion of a key
#[derive(Debug, Args)]
#[command(
    long_about = "Cancel the deletion of a key. It is enabled afterwards. Once the window is over and the key is \
        destroyed, nothing brings it back.",
    after_help = "Example:\n  vault key restore prod"
)]
pub(crate) struct RestoreArgs {
    /// Name of the key
    name: KeyName,
}

pub(super) fn run(args: &RestoreArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    if !vault.restore_key(&args.name, context.now)? {
        context.ui.note(format!("the key `{}` is not marked for deletion; nothing was changed", args.name));
    }
    KeyView::new(&vault, &args.name)?.conclude(vault, context)?;
    Ok(())
}
