//! `vault trust`: one file for each verb.

mod accept;
mod changes;
mod show;

use clap::Subcommand;

pub(super) use changes::changes;

use super::context::Context;
use super::error::CliResult;
use super::git;

/// Show how members and keys changed, or accept a changed past.
#[derive(Debug, Subcommand)]
pub(super) enum TrustCommand {
    /// Show the trust chain: members, keys, and how they changed
    Show(show::ShowArgs),
    /// Accept a trust chain that is not the one this machine has verified
    Accept(accept::AcceptArgs),
    /// Sign the changes of one branch on top of the other's trust chain
    Rebase(git::RebaseArgs),
}

pub(super) fn run(command: &TrustCommand, context: &mut Context) -> CliResult<()> {
    match command {
        TrustCommand::Show(args) => show::run(args, context),
        TrustCommand::Accept(args) => accept::run(args, context),
        TrustCommand::Rebase(args) => git::rebase(args, context),
    }
}
