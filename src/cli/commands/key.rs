//! `vault key`: one file for each verb.

mod create;
mod disable;
mod enable;
mod grant;
mod ls;
mod map;
mod restore;
mod revoke;
mod rm;
mod rotate;
mod show;
mod view;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::error::CliResult;

/// Manage keys: who can read what.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    Create(create::CreateArgs),
    #[command(visible_alias = "list")]
    Ls(ls::LsArgs),
    Show(show::ShowArgs),
    Map(map::MapArgs),
    Grant(grant::GrantArgs),
    Revoke(revoke::RevokeArgs),
    Rotate(rotate::RotateArgs),
    Disable(disable::DisableArgs),
    Enable(enable::EnableArgs),
    Rm(rm::RmArgs),
    Restore(restore::RestoreArgs),
}

pub(crate) fn run(command: &KeyCommand, context: &mut Context) -> CliResult<()> {
    match command {
        KeyCommand::Create(args) => create::run(args, context),
        KeyCommand::Ls(args) => ls::run(args, context),
        KeyCommand::Show(args) => show::run(args, context),
        KeyCommand::Map(args) => map::run(args, context),
        KeyCommand::Grant(args) => grant::run(args, context),
        KeyCommand::Revoke(args) => revoke::run(args, context),
        KeyCommand::Rotate(args) => rotate::run(args, context),
        KeyCommand::Disable(args) => disable::run(args, context),
        KeyCommand::Enable(args) => enable::run(args, context),
        KeyCommand::Rm(args) => rm::run(args, context),
        KeyCommand::Restore(args) => restore::run(args, context),
    }
}
