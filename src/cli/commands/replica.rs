//! `vault replica`: one file for each verb.

mod add;
mod ls;
mod place;
mod promote;
mod rm;
mod sync;
mod view;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::error::CliResult;

pub(crate) use place::directory;

/// Keep copies of secrets in other vaults.
#[derive(Debug, Subcommand)]
pub(crate) enum ReplicaCommand {
    Add(add::AddArgs),
    #[command(visible_alias = "list")]
    Ls(ls::LsArgs),
    Sync(sync::SyncArgs),
    Promote(promote::PromoteArgs),
    Rm(rm::RmArgs),
}

pub(crate) fn run(command: &ReplicaCommand, context: &mut Context) -> CliResult<()> {
    match command {
        ReplicaCommand::Add(args) => add::run(args, context),
        ReplicaCommand::Ls(args) => ls::run(args, context),
        ReplicaCommand::Sync(args) => sync::run(args, context),
        ReplicaCommand::Promote(args) => promote::run(args, context),
        ReplicaCommand::Rm(args) => rm::run(args, context),
    }
}
