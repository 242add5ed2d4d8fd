//! `vault key enable`: a disabled key is used again.

use clap::Args;

use super::view::KeyView;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::model::name::KeyName;

/// Enable a disabled key
#[derive(Debug, Args)]
#[command(
    long_about = "Enable a disabled key. One that is marked for deletion is brought back with `vault key restore`.",
    after_help = "Example:\n  vault key enable prod"
)]
pub(crate) struct EnableArgs {
    /// Name of the key
    name: KeyName,
}

pub(super) fn run(args: &EnableArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    if !vault.enable_key(&args.name, context.now)? {
        context.ui.note(format!("the key `{}` is enabled already; nothing was changed", args.name));
    }
    KeyView::new(&vault, &args.name)?.conclude(vault, context)?;
    Ok(())
}
