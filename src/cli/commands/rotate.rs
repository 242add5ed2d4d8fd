//! `vault rotate`: one file for each group of verbs.

mod abort;
mod approve;
mod cancel;
mod command;
mod configure;
mod confirm;
mod digest;
mod hooks;
mod limits;
mod log;
mod options;
mod plan_view;
mod resume;
mod revoke;
mod rotated;
mod run;
mod runner;
mod several;
mod status;
mod stopped;
mod test;
pub(crate) mod timer;

pub(crate) use self::approve::{unconfirmed, waiting};
pub(crate) use self::command::configure_command;
pub(crate) use self::digest::{Digest, REVIEW};
pub(crate) use self::limits::{Jobs, StepLimit};
pub(crate) use self::runner::{Batch, Counts, Failed, Reason, RotationReport, rotate_all};

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::error::CliResult;

/// Rotate secrets: create a new value, set it in the service, test it, and only then make it current.
#[derive(Debug, Subcommand)]
pub(crate) enum RotateCommand {
    Configure(Box<configure::ConfigureArgs>),
    Confirm(confirm::ConfirmArgs),
    Approve(approve::ApproveArgs),
    Revoke(revoke::RevokeArgs),
    Run(run::RunArgs),
    Test(test::TestArgs),
    Status(status::StatusArgs),
    Resume(resume::ResumeArgs),
    Abort(abort::AbortArgs),
    Cancel(cancel::CancelArgs),
    Log(log::LogArgs),
    Timer(timer::TimerArgs),
    /// Manage hooks: write, show, check and approve them
    #[command(subcommand)]
    Hooks(hooks::HooksCommand),
}

pub(crate) fn run(command: &RotateCommand, context: &mut Context) -> CliResult<()> {
    match command {
        RotateCommand::Configure(args) => configure::run(args, context),
        RotateCommand::Confirm(args) => confirm::run(args, context),
        RotateCommand::Approve(args) => approve::run(args, context),
        RotateCommand::Revoke(args) => revoke::run(args, context),
        RotateCommand::Run(args) => run::run(args, context),
        RotateCommand::Test(args) => test::run(args, context),
        RotateCommand::Status(args) => status::run(args, context),
        RotateCommand::Resume(args) => resume::run(args, context),
        RotateCommand::Abort(args) => abort::run(args, context),
        RotateCommand::Cancel(args) => cancel::run(args, context),
        RotateCommand::Log(args) => log::run(args, context),
        RotateCommand::Timer(args) => timer::run(args, context),
        RotateCommand::Hooks(command) => hooks::run(command, context),
    }
}
