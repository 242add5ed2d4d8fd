//! From argv to an exit code.

use std::process::ExitCode;

use clap::Parser;

use super::context::Context;
use super::error::{CliError, CliResult};
use super::process::{self, Hardening, Taken};
use super::tree::{Cli, Command};
use super::{
    accept, agent_serve, checkpoint, completions, exec, init, label, lock, man, param, rotate, secret, status,
    strategy, tick, tour, ui, unlock, verify,
};

/// Runs the program and returns its exit code.
pub fn main() -> ExitCode {
    let (hardening, taken) = process::harden();
    ExitCode::from(process::guarded(|| run(hardening, taken)))
}

fn run(hardening: Hardening, taken: Taken) -> u8 {
    if completions::answer_shell() {
        return 0;
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let mut context = match Context::new(cli.global, hardening, taken) {
        Ok(context) => context,
        Err(error) => {
            ui::last_words(&format!("error: {}", error.failure().message));
            return error.exit_code();
        }
    };
    match dispatch(cli.command, &mut context) {
        Ok(()) => 0,
        Err(error) => report(&error, &mut context),
    }
}

fn dispatch(command: Command, context: &mut Context) -> CliResult<()> {
    match command {
        Command::Init(args) => init::run(&args, context),
        Command::Status(args) => status::run(&args, context),
        Command::Param(command) => param::run(command, context),
        Command::Secret(command) => secret::run(command, context),
        Command::Label(command) => label::run(&command, context),
        Command::Rotate(command) => rotate::run(&command, context),
        Command::HookStrategy(args) => strategy::run(&args, context),
        Command::Unlock(args) => unlock::run(&args, context),
        Command::Lock(args) => lock::run(&args, context),
        Command::AgentServe(args) => agent_serve::run(&args, context),
        Command::Tick(args) => tick::run(&args, context),
        Command::Exec(args) => exec::run(&args, context),
        Command::Verify(args) => verify::run(&args, context),
        Command::Accept(args) => accept::run(&args, context),
        Command::Checkpoint(args) => checkpoint::run(&args, context),
        Command::Tour(args) => tour::run(&args, context),
        Command::Completions(args) => completions::run(&args, context),
        Command::Man(args) => man::run(&args, context),
    }
}

/// A reader that left early is no failure. Everything else is said, with what to do next.
fn report(error: &CliError, context: &mut Context) -> u8 {
    if let CliError::Output(cause) = error
        && ui::is_reader_gone(cause)
    {
        return 0;
    }
    if !matches!(error, CliError::AlreadySaid(_)) {
        context.ui.error(&error.failure());
    }
    error.exit_code()
}

/// Help and version go to stdout with exit code 0, mistakes to stderr with 2. clap has both right.
fn usage(error: &clap::Error) -> u8 {
    let _ = error.print();
    u8::try_from(error.exit_code()).unwrap_or(2)
}
