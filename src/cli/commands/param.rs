//! `vault param`: one file for each verb.

mod copy;
mod diff;
pub(crate) mod edit;
pub(crate) mod edit_path;
pub(crate) mod get;
pub(crate) mod history;
mod ls;
mod mv;
mod policies;
pub(crate) mod put;
mod restore;
pub(crate) mod rm;
mod rollback;
mod share;
pub(crate) mod show;
mod tag;
mod view;

pub(crate) use self::view::select;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::deferred::Deferred;
use crate::cli::error::CliResult;

/// Put, get and manage parameters.
#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "one is made for each run of the program")]
pub(crate) enum ParamCommand {
    /// Store a value, as a new parameter or a new version
    Put(Deferred<put::PutArgs>),
    /// Print the value of one or more parameters
    Get(Deferred<get::GetArgs>),
    /// List parameters
    #[command(visible_alias = "list")]
    Ls(Deferred<ls::LsArgs>),
    /// Show a parameter's metadata
    Show(Deferred<show::ShowArgs>),
    /// Show the versions of a parameter
    History(Deferred<history::HistoryArgs>),
    /// Compare two versions of a parameter, values masked
    Diff(Deferred<diff::DiffArgs>),
    /// Edit a value in your editor
    Edit(Deferred<edit::EditArgs>),
    /// Restore an older version, as a new version
    Rollback(Deferred<rollback::RollbackArgs>),
    /// Bring an expired parameter back
    Restore(Deferred<restore::RestoreArgs>),
    /// Delete parameters with all their versions
    Rm(Deferred<rm::RmArgs>),
    /// Set and remove tags
    Tag(Deferred<tag::TagArgs>),
    /// Copy a parameter's value to another name
    #[command(visible_alias = "cp")]
    Copy(Deferred<copy::CopyArgs>),
    /// Rename a parameter, with its history and labels
    #[command(visible_alias = "mv")]
    Move(Deferred<mv::MoveArgs>),
    /// Share the parameters below a path with another vault or a member
    Share(Deferred<share::ShareArgs>),
    /// End a share of parameters
    Unshare(Deferred<share::UnshareArgs>),
}

pub(crate) fn run(command: ParamCommand, context: &mut Context) -> CliResult<()> {
    match command {
        ParamCommand::Put(args) => put::run(args.0, context),
        ParamCommand::Get(args) => get::run(&args, context),
        ParamCommand::Ls(args) => ls::run(&args, context),
        ParamCommand::Show(args) => show::run(&args, context),
        ParamCommand::History(args) => history::run(&args, context),
        ParamCommand::Diff(args) => diff::run(&args, context),
        ParamCommand::Edit(args) => edit::run(&args, context),
        ParamCommand::Rollback(args) => rollback::run(&args, context),
        ParamCommand::Restore(args) => restore::run(&args, context),
        ParamCommand::Rm(args) => rm::run(&args, context),
        ParamCommand::Tag(args) => tag::run(&args, context),
        ParamCommand::Copy(args) => copy::run(&args, context),
        ParamCommand::Move(args) => mv::run(&args, context),
        ParamCommand::Share(args) => share::share(&args, context),
        ParamCommand::Unshare(args) => share::unshare(&args, context),
    }
}
