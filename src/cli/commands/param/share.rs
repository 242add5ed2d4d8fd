//! `vault param share` and `vault param unshare`.

use std::str::FromStr;

use clap::Args;

use crate::cli::commands::shares::with::{WithArgs, share as start, unshare as end};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::model::name::ParameterPath;
use crate::model::share::{Shared, With};

/// Share the parameters below a path with another vault or a member
#[derive(Debug, Args)]
#[command(
    long_about = "Share a parameter, or all parameters below a path, with another vault, or with a member who cannot open their \
        key.\n\n\
        The current values are sealed for the receiver, who reads them in a clone of this vault. Anyone who changes one seals it for \
        the receiver in the same run; new parameters below the path are shared too. Values in plain text (String, StringList) are \
        readable for anyone who has the clone, and need no share. Only somebody who can open everything below the path may share it.\n\n\
        The receiver finds what you need in their own vault: `vault status` prints its id, `vault member show NAME` a public key.",
    after_help = "Examples:\n  \
        vault param share /shop/prod --with bob\n  \
        vault param share /shop/prod/db --with vlt1… --recipient age1…\n  \
        vault param share /shop/prod --with bob --expires 2027-01-31"
)]
pub(crate) struct ShareArgs {
    /// A path, or the name of one parameter
    path: ParameterPath,
    #[command(flatten)]
    with: WithArgs,
}

/// End a share of parameters
#[derive(Debug, Args)]
#[command(
    long_about = "End a share of parameters. The receiver has their values: they are marked as exposed until new ones are put.",
    after_help = "Examples:\n  vault param unshare /shop/prod --with bob\n  vault list --must-rotate"
)]
pub(crate) struct UnshareArgs {
    /// The path that is shared
    path: ParameterPath,
    /// The member or the vault
    #[arg(long, value_name = "WHO", value_parser = With::from_str)]
    with: With,
}

pub(super) fn share(args: &ShareArgs, context: &mut Context) -> CliResult<()> {
    start(Shared::Parameters(args.path.clone()), &args.with, context)
}

pub(super) fn unshare(args: &UnshareArgs, context: &mut Context) -> CliResult<()> {
    end(&Shared::Parameters(args.path.clone()), &args.with, context)
}
