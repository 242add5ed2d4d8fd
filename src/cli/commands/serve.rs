//! `vault serve`: AWS's wire API on the vault, and the credentials of programs that call it.

mod cache;
mod certificate;
pub(crate) mod credentials;
mod ending;
mod following;
mod log;
mod start;
mod ticking;
mod units;
mod vaults;

use clap::{Args, Subcommand};

use crate::cli::context::Context;
use crate::cli::error::CliResult;

/// Serve the vault to programs written against AWS
#[derive(Debug, Args)]
#[command(
    long_about = "Serve the vault to programs written against AWS: with AWS_ENDPOINT_URL set to the address, the SDKs and the \
        AWS CLI use it as Parameter Store, Secrets Manager and STS. Programs sign their requests with a credential.",
    after_help = "Examples:\n  \
        vault serve credentials add shop --policy shop.json --out shop.credentials\n  \
        vault serve\n  \
        AWS_ENDPOINT_URL=http://127.0.0.1:7777 aws ssm describe-parameters\n  \
        vault serve --listen unix:/run/user/1000/vault.sock\n  \
        vault serve --listen 0.0.0.0:7777 --tls-cert cert.pem --tls-key key.pem",
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true
)]
pub(crate) struct ServeArgs {
    #[command(subcommand)]
    command: Option<ServeCommand>,
    #[command(flatten)]
    start: start::StartArgs,
}

#[derive(Debug, Subcommand)]
enum ServeCommand {
    #[command(subcommand)]
    Credentials(credentials::CredentialsCommand),
}

pub(crate) fn run(args: &ServeArgs, context: &mut Context) -> CliResult<()> {
    match &args.command {
        None => start::run(&args.start, context),
        Some(ServeCommand::Credentials(command)) => credentials::run(command, context),
    }
}
