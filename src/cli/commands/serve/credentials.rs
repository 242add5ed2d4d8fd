//! `vault serve credentials`: access keys for programs. One file for each verb.

mod add;
mod ls;
mod rm;
mod show;
mod view;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::error::CliResult;

pub(crate) use self::view::word;

/// Manage credentials: access keys with an IAM policy
#[derive(Debug, Subcommand)]
pub(crate) enum CredentialsCommand {
    Add(add::AddArgs),
    #[command(visible_alias = "list")]
    Ls(ls::LsArgs),
    Show(show::ShowArgs),
    Rm(rm::RmArgs),
}

pub(super) fn run(command: &CredentialsCommand, context: &mut Context) -> CliResult<()> {
    match command {
        CredentialsCommand::Add(args) => add::run(args, context),
        CredentialsCommand::Ls(args) => ls::run(args, context),
        CredentialsCommand::Show(args) => show::run(args, context),
        CredentialsCommand::Rm(args) => rm::run(args, context),
    }
}
