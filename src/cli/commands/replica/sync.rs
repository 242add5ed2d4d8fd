//! `vault replica sync`: copies what has changed.

use clap::Args;

use super::view::{ReplicaReport, outcome};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::replicas::copy;
use crate::cli::report::refused;
use crate::engine::CopyMode;
use crate::model::name::SecretName;

/// Bring copies in other vaults up to date
#[derive(Debug, Args)]
#[command(
    long_about = "Bring copies in other vaults up to date: those of one secret, or all. `vault tick` and `vault sync` do the same.\n\n\
        A copy that states a later revision than the secret has, or what the secret never had, is not written over without --overwrite.",
    after_help = "Examples:\n  vault replica sync\n  vault replica sync prod/db --overwrite"
)]
pub(crate) struct SyncArgs {
    /// Name of a secret; all by default
    name: Option<SecretName>,
    /// Write the copies anew, also over one that was changed by hand or is ahead of the secret
    #[arg(long, requires = "name")]
    overwrite: bool,
}

pub(super) fn run(args: &SyncArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let (secrets, refused) = if let Some(name) = &args.name {
        (vec![vault.live_secret(name)?], Vec::new())
    } else {
        let checked = vault.replicated()?;
        (checked.found, checked.refused)
    };
    let mode = if args.overwrite { CopyMode::Overwrite } else { CopyMode::Update };
    let copied = copy(&vault, &secrets, mode, context);
    vault.finish(context);
    if copied.is_empty() {
        context.ui.note("there are no copies to bring up to date");
    }
    context.ui.report(&ReplicaReport::new(&copied))?;
    refused::outcome(refused)?;
    outcome(&copied)
}
