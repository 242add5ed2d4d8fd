//! `vault rotate hooks`: manage the programs that rotate secrets.

mod add;
mod approve;
mod check;
mod list;
mod new;
mod remove;
mod report;
mod revoke;
mod show;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::error::CliResult;

/// Manage hooks, the programs that rotate secrets.
#[derive(Debug, Subcommand)]
pub(crate) enum HooksCommand {
    /// List the vault's hooks, their approvals, and the secrets they rotate
    #[command(visible_alias = "ls")]
    List,
    Show(show::ShowArgs),
    New(new::NewArgs),
    Add(add::AddArgs),
    /// Unregister a function
    #[command(name = "rm", visible_alias = "remove")]
    Remove(remove::RemoveArgs),
    Approve(approve::ApproveArgs),
    Revoke(revoke::RevokeArgs),
    Check(check::CheckArgs),
}

pub(super) fn run(command: &HooksCommand, context: &mut Context) -> CliResult<()> {
    match command {
        HooksCommand::List => list::run(context),
        HooksCommand::Show(args) => show::run(args, context),
        HooksCommand::New(args) => new::run(args, context),
        HooksCommand::Add(args) => add::run(args, context),
        HooksCommand::Remove(args) => remove::run(args, context),
        HooksCommand::Approve(args) => approve::run(args, context),
        HooksCommand::Revoke(args) => revoke::run(args, context),
        HooksCommand::Check(args) => check::run(args, context),
    }
}
