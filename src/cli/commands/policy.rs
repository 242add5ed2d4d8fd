//! `vault policy`: what IAM policies of credentials allow.

mod simulate;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::error::CliResult;

/// Find out what credentials may do
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    Simulate(simulate::SimulateArgs),
}

pub(crate) fn run(command: &PolicyCommand, context: &mut Context) -> CliResult<()> {
    match command {
        PolicyCommand::Simulate(args) => simulate::run(args, context),
    }
}
