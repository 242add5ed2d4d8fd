//! `vault events rules`: which events are delivered where. One file for each verb.

mod add;
mod approve;
mod ls;
mod rm;
mod show;
mod switch;
mod view;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::error::CliResult;

pub(crate) use self::view::Here;

/// Manage rules: which events are delivered where, on whose machines
#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    Add(add::AddArgs),
    #[command(visible_alias = "list")]
    Ls(ls::LsArgs),
    Show(show::ShowArgs),
    Rm(rm::RmArgs),
    Enable(switch::EnableArgs),
    Disable(switch::DisableArgs),
    Approve(approve::ApproveArgs),
}

pub(super) fn run(command: &RulesCommand, context: &mut Context) -> CliResult<()> {
    match command {
        RulesCommand::Add(args) => add::run(args, context),
        RulesCommand::Ls(args) => ls::run(args, context),
        RulesCommand::Show(args) => show::run(args, context),
        RulesCommand::Rm(args) => rm::run(args, context),
        RulesCommand::Enable(args) => switch::enable(args, context),
        RulesCommand::Disable(args) => switch::disable(args, context),
        RulesCommand::Approve(args) => approve::run(args, context),
    }
}
