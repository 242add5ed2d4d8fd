//! `vault rotate`: one file for each group of verbs.

mod approve;
mod configure;
mod hooks;
mod log;
mod run;
mod runner;
mod status;
mod step_limit;
mod stop;
mod timer;

pub(crate) use self::approve::waiting;
pub(crate) use self::runner::{Failed, RotationReport, rotate_all};
pub(crate) use self::step_limit::StepLimit;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::error::CliResult;

/// Rotate secrets: create a new value, set it in the service, test it, and only then make it current.
#[derive(Debug, Subcommand)]
pub(crate) enum RotateCommand {
    Configure(Box<configure::ConfigureArgs>),
    Approve(approve::ApproveArgs),
    Revoke(approve::RevokeArgs),
    Run(run::RunArgs),
    Test(run::TestArgs),
    Status(status::StatusArgs),
    Resume(run::ResumeArgs),
    Abort(stop::AbortArgs),
    Cancel(stop::CancelArgs),
    Log(log::LogArgs),
    Timer(timer::TimerArgs),
    /// Manage hooks: write, show, check and approve them
    #[command(subcommand)]
    Hooks(hooks::HooksCommand),
}

pub(crate) fn run(command: &RotateCommand, context: &mut Context) -> CliResult<()> {
    match command {
        RotateCommand::Configure(args) => configure::run(args, context),
        RotateCommand::Approve(args) => approve::run(args, context),
        RotateCommand::Revoke(args) => approve::revoke(args, context),
        RotateCommand::Run(args) => run::run(args, context),
        RotateCommand::Test(args) => run::test(args, context),
        RotateCommand::Status(args) => status::run(args, context),
        RotateCommand::Resume(args) => run::resume(args, context),
        RotateCommand::Abort(args) => stop::abort(args, context),
        RotateCommand::Cancel(args) => stop::cancel(args, context),
        RotateCommand::Log(args) => log::run(args, context),
        RotateCommand::Timer(args) => timer::run(args, context),
        RotateCommand::Hooks(command) => hooks::run(command, context),
    }
}
