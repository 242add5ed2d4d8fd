//! `vault member`: one file for each verb.

mod add;
mod added;
mod ls;
mod new;
mod recovery;
mod renew;
mod replaced;
mod request;
mod rights;
mod rm;
mod show;
mod update;
mod view;
mod whoami;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::error::CliResult;

/// Manage members: people and machines that share a vault.
#[derive(Debug, Subcommand)]
pub(crate) enum MemberCommand {
    Request(request::RequestArgs),
    New(new::NewArgs),
    Add(add::AddArgs),
    Update(update::UpdateArgs),
    Recovery(recovery::RecoveryArgs),
    #[command(visible_alias = "remove")]
    Rm(rm::RmArgs),
    #[command(visible_alias = "list")]
    Ls(ls::LsArgs),
    Show(show::ShowArgs),
    Whoami(whoami::WhoamiArgs),
}

pub(crate) fn run(command: MemberCommand, context: &mut Context) -> CliResult<()> {
    match command {
        MemberCommand::Request(args) if args.renew => renew::run(&args, context),
        MemberCommand::Request(args) => request::run(&args, context),
        MemberCommand::New(args) => new::run(&args, context),
        MemberCommand::Add(args) => add::run(&args, context),
        MemberCommand::Update(args) => update::run(&args, context),
        MemberCommand::Recovery(args) => recovery::run(&args, context),
        MemberCommand::Rm(args) => rm::run(&args, context),
        MemberCommand::Ls(args) => ls::run(&args, context),
        MemberCommand::Show(args) => show::run(&args, context),
        MemberCommand::Whoami(args) => whoami::run(&args, context),
    }
}
