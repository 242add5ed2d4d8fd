//! `vault secret share` and `vault secret unshare`.

use std::str::FromStr;

use clap::Args;

use crate::cli::commands::shares::with::{WithArgs, share as start, unshare as end};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::model::name::SecretName;
use crate::model::share::{Shared, With};

/// Share a secret with another vault or a member
#[derive(Debug, Args)]
#[command(
    long_about = "Share a secret with another vault, or with a member who cannot open its key.\n\n\
        The current value is sealed for the receiver, who reads it in a clone of this vault with `vault --vault CLONE secret get \
        NAME`: always the current version, and nothing else. Anyone who changes the value seals it for the receiver in the same run. \
        Only somebody who can open the secret may share it.\n\n\
        The receiver finds what you need in their own vault: `vault status` prints its id, `vault member show NAME` a public key.",
    after_help = "Examples:\n  \
        vault secret share prod/db --with bob\n  \
        vault secret share prod/db --with vlt1… --recipient age1…\n  \
        vault secret share prod/db --with bob --expires 30d"
)]
pub(crate) struct ShareArgs {
    /// Name of the secret
    name: SecretName,
    #[command(flatten)]
    with: WithArgs,
}

/// End a share of a secret
#[derive(Debug, Args)]
#[command(
    long_about = "End a share of a secret. The receiver has the value: it is marked as exposed until a new one is put.",
    after_help = "Examples:\n  vault secret unshare prod/db --with bob\n  vault list --must-rotate"
)]
pub(crate) struct UnshareArgs {
    /// Name of the secret
    name: SecretName,
    /// The member or the vault
    #[arg(long, value_name = "WHO", value_parser = With::from_str)]
    with: With,
}

pub(super) fn share(args: &ShareArgs, context: &mut Context) -> CliResult<()> {
    start(Shared::Secret(args.name.clone()), &args.with, context)
}

pub(super) fn unshare(args: &UnshareArgs, context: &mut Context) -> CliResult<()> {
    end(&Shared::Secret(args.name.clone()), &args.with, context)
}
