//! `vault trust`: one file for each verb.

mod accept;
pub(crate) mod rebase;
mod settings;
mod show;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::error::CliResult;

/// Show the trust chain, or accept a rewritten one.
#[derive(Debug, Subcommand)]
pub(crate) enum TrustCommand {
    Show(show::ShowArgs),
    Accept(accept::AcceptArgs),
    Rebase(rebase::RebaseArgs),
    Settings(settings::SettingsArgs),
}

pub(crate) fn run(command: &TrustCommand, context: &mut Context) -> CliResult<()> {
    match command {
        TrustCommand::Show(args) => show::run(args, context),
        TrustCommand::Accept(args) => accept::run(args, context),
        TrustCommand::Rebase(args) => rebase::run(args, context),
        TrustCommand::Settings(args) => settings::run(args, context),
    }
}
