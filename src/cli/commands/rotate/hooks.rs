//! `vault rotate hooks`: write, look at, check and approve the programs that rotate.

mod approve;
mod check;
mod list;
mod new;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::error::CliResult;

pub(super) use self::approve::same_digest;

/// Manage hooks, the programs that rotate secrets.
#[derive(Debug, Subcommand)]
pub(crate) enum HooksCommand {
    /// List the vault's hooks, their approvals, and the secrets they rotate
    #[command(visible_alias = "ls")]
    List,
    Show(approve::ShowArgs),
    New(new::NewArgs),
    Approve(approve::ApproveArgs),
    Revoke(approve::RevokeArgs),
    Check(check::CheckArgs),
}

pub(super) fn run(command: &HooksCommand, context: &mut Context) -> CliResult<()> {
    match command {
        HooksCommand::List => list::run(context),
        HooksCommand::Show(args) => approve::show(args, context),
        HooksCommand::New(args) => new::run(args, context),
        HooksCommand::Approve(args) => approve::run(args, context),
        HooksCommand::Revoke(args) => approve::revoke(args, context),
        HooksCommand::Check(args) => check::run(args, context),
    }
}

/// A digest as people compare it.
pub(super) fn digest(bytes: &[u8; 32]) -> String {
    format!("sha256:{}", data_encoding::HEXLOWER.encode(bytes))
}
