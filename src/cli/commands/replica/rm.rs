//! `vault replica rm`: a secret without its copy in another vault.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::place::{directory, id, possible};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::{Meaning, Page, Report};
use crate::engine::{Vault, replica_of};
use crate::machine::config::replicas::place;
use crate::model::id::VaultId;
use crate::model::name::SecretName;
use crate::model::secret::{Replica, Secret};

/// Remove the copy of a secret in another vault
#[derive(Debug, Args)]
#[command(
    long_about = "Remove the copy of a secret in another vault, and the link to it. A copy that was promoted is a secret of its own and stays. \
        With --keep the copy stays as it is, read-only until it is promoted, and the other vault need not be there.",
    after_help = "Examples:\n  vault replica rm prod/db --to ../other-repository\n  vault replica rm prod/db --to /srv/eu/.vault --keep"
)]
pub(crate) struct RmArgs {
    /// Name of the secret
    name: SecretName,
    /// Directory of the other vault, or its id
    #[arg(long, value_name = "VAULT", value_hint = clap::ValueHint::DirPath)]
    to: PathBuf,
    /// Leave the copy in the other vault
    #[arg(long)]
    keep: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RmReport {
    name: String,
    vault: String,
    replica_name: String,
    is_copy_removed: bool,
}

pub(super) fn run(args: &RmArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let secret = vault.secret(&args.name)?;
    let there = args.vault(&secret.replicas, context)?;
    let replica = replica_of(&secret, there)?;
    let is_copy_removed = !args.keep && remove_copy(args, &vault, &secret, replica, context)?;
    vault.detach(&args.name, there, context.now)?;
    let vault = vault.finish(context);
    context.ui.report(&RmReport {
        name: args.name.to_string(),
        vault: there.to_string(),
        replica_name: replica.name.to_string(),
        is_copy_removed,
    })?;
    if !args.keep && !is_copy_removed {
        context.ui.note(format!("the other vault keeps its `{}`, which is not a copy of this secret", replica.name));
    }
    context.suggest_commit(&vault);
    Ok(())
}

/// Deletes the copy before the link goes: a second run completes what was interrupted.
fn remove_copy(
    args: &RmArgs,
    vault: &Vault<'_>,
    secret: &Secret,
    replica: &Replica,
    context: &mut Context,
) -> CliResult<bool> {
    let other = directory(&args.to)?;
    context.hold_identity_of(vault)?;
    let other = context.open_known(&other, replica.vault)?;
    let removed = other.delete_copy(replica, secret, vault.id(), context.now);
    Ok(other.finish_beside(removed, context)?)
}

impl RmArgs {
    /// The id of the other vault: given, or that of the vault in the directory.
    fn vault(&self, replicas: &[Replica], context: &mut Context) -> CliResult<VaultId> {
        if let Some(id) = id(&self.to) {
            return Ok(id);
        }
        // One that is gone is known by its place alone.
        let config = Context::config()?;
        let (config, possible) = (config.read()?, possible(&self.to));
        let known = |replica: &&Replica| place(config, replica.vault).is_some_and(|place| possible.contains(place));
        match replicas.iter().find(known) {
            Some(replica) => Ok(replica.vault),
            None => Ok(context.open_other(&directory(&self.to)?)?.leave().id()),
        }
    }
}

impl Report for RmReport {
    fn text(&self, page: &mut Page) {
        let name = page.paint(Meaning::Name, &self.name);
        let what = match (page.is_of_dry_run(), self.is_copy_removed) {
            (false, true) => "the copy is deleted, and the link removed",
            (false, false) => "the link is removed",
            (true, true) => "the copy would be deleted, and the link removed",
            (true, false) => "the link would be removed",
        };
        page.line(format!("{name}: {what}"));
    }
}
