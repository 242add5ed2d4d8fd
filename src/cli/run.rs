//! From argv to an exit code.

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use super::context::Context;
use super::error::{CliError, CliResult};
use super::process::{self, Hardening, Taken};
use super::tree::{Cli, Command};
use super::{
    accept, adopt, agent_serve, checkpoint, completions, exec, explain, export, git, import, init, key, label, lock,
    man, member, must_rotate, param, render, rotate, secret, status, strategy, tick, tour, trust, ui, unlock, verify,
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
    let mut command = Cli::command();
    let cli =
        command.try_get_matches_from_mut(std::env::args_os()).and_then(|mut it| Cli::from_arg_matches_mut(&mut it));
    // The process ends soon; taking the tree apart leaf by leaf would be a tenth of its time.
    std::mem::forget(command);
    let cli = match cli {
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
        Command::Param(command) => param::run(command.0, context),
        Command::Secret(command) => secret::run(command.0, context),
        Command::Label(command) => label::run(&command, context),
        Command::Rotate(command) => rotate::run(&command, context),
        Command::HookStrategy(args) => strategy::run(&args, context),
        Command::Unlock(args) => unlock::run(&args, context),
        Command::Lock(args) => lock::run(&args, context),
        Command::AgentServe(args) => agent_serve::run(&args, context),
        Command::Tick(args) => tick::run(&args, context),
        Command::List(args) => must_rotate::run(&args, context),
        Command::Member(command) => member::run(command.0, context),
        Command::Key(command) => key::run(&command, context),
        Command::Trust(command) => trust::run(&command, context),
        Command::Exec(args) => exec::run(&args, context),
        Command::Render(args) => render::run(&args, context),
        Command::Env(args) => export::env(&args, context),
        Command::Export(args) => export::export(&args, context),
        Command::Import(args) => import::run(&args, context),
        Command::Explain(args) => explain::run(&args, context),
        Command::Verify(args) => verify::run(&args, context),
        Command::Sync(args) => git::sync(&args, context),
        Command::Resolve(args) => git::resolve(&args, context),
        Command::Diff(args) => git::diff(&args, context),
        Command::GitSetup(args) => git::set_up(&args, context),
        Command::GitMerge(args) => git::drive(&args, context),
        Command::GitTextconv(args) => git::textconv(&args, context),
        Command::Accept(args) => accept::run(&args, context),
        Command::Adopt(args) => adopt::run(&args, context),
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
