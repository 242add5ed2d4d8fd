//! `vault serve`: what belongs to the AWS-compatible server.

pub(crate) mod credentials;

use clap::{Args, Subcommand};

use crate::cli::context::Context;
use crate::cli::error::CliResult;

/// Manage credentials of the AWS-compatible server
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  \
        vault serve credentials add shop --policy shop.json --out shop.credentials",
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true
)]
pub(crate) struct ServeArgs {
    #[command(subcommand)]
    command: ServeCommand,
}

#[derive(Debug, Subcommand)]
enum ServeCommand {
    #[command(subcommand)]
    Credentials(credentials::CredentialsCommand),
}

pub(crate) fn run(args: &ServeArgs, context: &mut Context) -> CliResult<()> {
    match &args.command {
        ServeCommand::Credentials(command) => credentials::run(command, context),
    }
}
