//! `vault key rotate`: a new version of a key.

use clap::Args;

use super::view::KeyView;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::model::name::KeyName;

/// Create a new version of a key
#[derive(Debug, Args)]
#[command(
    long_about = "Create a new version of a key, for the same readers.\n\n\
        Values move to it when they are next written; with --reencrypt the current ones move at once. Re-encrypting \
        a value does not make those who knew it forget it: a value from a tainted version stays on `vault list \
        --must-rotate`.",
    after_help = "Examples:\n  vault key rotate default\n  vault key rotate default --reencrypt"
)]
pub(crate) struct RotateArgs {
    /// Name of the key
    name: KeyName,
    /// Re-encrypt the current values under the new version at once
    #[arg(long)]
    reencrypt: bool,
    /// Create no new version: re-encrypt the remaining values under the existing one
    #[arg(long, conflicts_with = "reencrypt")]
    resume: bool,
}

pub(super) fn run(args: &RotateArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    if !args.resume {
        vault.rotate_key(&args.name, &context.recipient_policy()?, context.now)?;
    }
    let mut sealed = None;
    if args.reencrypt || args.resume {
        let ui = &mut context.ui;
        sealed = Some(vault.reencrypt(&args.name, context.now, &mut |done| ui.progress("sealed", done))?);
        ui.progress_done();
    }
    let mut view = KeyView::new(&vault, &args.name)?.with_versions(&vault, &args.name)?;
    view.sealed = sealed;
    view.conclude(vault, context)?;
    Ok(())
}
