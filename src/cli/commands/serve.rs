//! `vault serve`: AWS's wire API on the vault.

mod ending;
mod log;
mod start;
mod ticking;
mod units;
mod vaults;

use clap::Args;

use crate::cli::context::Context;
use crate::cli::error::CliResult;

/// Serve the vault to programs written against AWS
#[derive(Debug, Args)]
#[command(
    long_about = "Serve the vault to programs written against AWS: with AWS_ENDPOINT_URL set to the address, the SDKs and the \
        AWS CLI use it as Parameter Store, Secrets Manager and STS. Programs sign their requests with a credential.",
    after_help = "Examples:\n  \
        vault serve\n  \
        vault serve --listen unix:/run/user/1000/vault.sock\n  \
        vault serve --listen 0.0.0.0:7777 --host vault.example.org --tls-cert cert.pem --tls-key key.pem\n  \
        AWS_ENDPOINT_URL=http://127.0.0.1:7777 aws ssm describe-parameters"
)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    start: start::StartArgs,
}

pub(crate) fn run(args: &ServeArgs, context: &mut Context) -> CliResult<()> {
    start::run(&args.start, context)
}
