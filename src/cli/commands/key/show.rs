//! `vault key show`: a key's versions, scopes and readers.

use clap::Args;

use super::view::KeyView;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::model::name::KeyName;

/// Show a key's metadata
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  vault key show default")]
pub(crate) struct ShowArgs {
    /// Name of the key
    name: KeyName,
}

pub(super) fn run(args: &ShowArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let view = KeyView::new(&vault, &args.name)?.with_versions(&vault, &args.name)?;
    vault.finish(context);
    Ok(context.ui.report(&view)?)
}
