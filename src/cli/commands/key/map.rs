//! `vault key map`: which key governs which names.

use clap::Args;

use super::view::KeyView;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::model::name::KeyName;
use crate::model::trust::Scope;

/// Add scopes to a key
#[derive(Debug, Args)]
#[command(
    long_about = "Add scopes to a key.\n\n\
        The scopes are removed from the keys that had them. Values in them are re-encrypted under the new key, in \
        all versions. If interrupted, run the same command again to continue. A value that somebody could read \
        before and can no longer read now is listed by `vault list --must-rotate`.",
    after_help = "Examples:\n  vault key map prod parameter:/prod secret:prod\n  vault key map default parameter:/old"
)]
pub(crate) struct MapArgs {
    /// Name of the key
    name: KeyName,
    /// `parameter:/PREFIX`, `secret:PREFIX` or `credential:`
    #[arg(required = true, value_name = "SCOPE")]
    scopes: Vec<Scope>,
}

pub(super) fn run(args: &MapArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let ui = &mut context.ui;
    let sealed = vault.map_key(&args.name, &args.scopes, context.now, &mut |done| ui.progress("sealed", done))?;
    ui.progress_done();
    let mut view = KeyView::new(&vault, &args.name)?;
    view.sealed = Some(sealed);
    view.conclude(vault, context)?;
    Ok(())
}
