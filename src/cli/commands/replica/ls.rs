//! `vault replica ls`: which secrets have copies, and how these are.

use clap::Args;

use super::view::ReplicaReport;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::replicas::statuses;
use crate::cli::report::refused;
use crate::model::name::SecretName;
use crate::model::secret::Secret;

/// List copies in other vaults, and whether they are up to date
#[derive(Debug, Args)]
#[command(
    long_about = "List the copies that secrets of this vault have in other vaults, and the secrets of this vault that are copies. The other \
        vaults are opened to compare them; no value is.\n\n\
        InSync is as the secret is. InProgress waits for `vault replica sync`, `vault tick` or the next change. Failed could not be \
        copied. Detached was promoted there.",
    after_help = "Examples:\n  vault replica ls\n  vault replica ls prod/db --json"
)]
pub(crate) struct LsArgs {
    /// Name of a secret; all by default
    name: Option<SecretName>,
}

pub(super) fn run(args: &LsArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let (secrets, copies, refused) = if let Some(name) = &args.name {
        let (copies, secrets) = [vault.secret(name)?].into_iter().partition(Secret::is_copy);
        (secrets, copies, Vec::new())
    } else {
        let (secrets, copies) = (vault.replicated()?, vault.copies()?);
        (secrets.found, copies.found, [secrets.refused, copies.refused].into_iter().flatten().collect())
    };
    let report = ReplicaReport::new(&statuses(&vault, &secrets, context)).with_copies(&copies);
    vault.finish(context);
    if report.is_empty() {
        context.ui.note("no secret has a copy in another vault; `vault replica add NAME --to VAULT` creates one");
    }
    context.ui.report(&report)?;
    refused::outcome(refused)
}
