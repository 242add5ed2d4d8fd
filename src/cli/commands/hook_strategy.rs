//! `vault hook-strategy`: a built-in strategy, or the call of a function that is served elsewhere, as the program that a rotation
//! runs for one step.

use std::str::FromStr;

use clap::Args;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::input::value_input::stdin;
use crate::cli::process;
use crate::cli::terminal::ui;
use crate::hook::strategy::{self, Invocation, StrategyError};
use crate::hook::{REFUSED, message};
use crate::machine::private::read_capped;
use crate::model::hook::{HookNameError, Step, Strategy};

/// A message with a value of 64 KiB in base64 for each stage that a secret can have, and room for everything else.
const MESSAGE_LIMIT: usize = 4 << 20;

/// One step of a strategy: message on standard input, new value on standard output
#[derive(Debug, Args)]
pub(crate) struct StrategyArgs {
    /// Which strategy, or `lambda`
    strategy: Task,
    /// Which step
    step: Step,
}

/// What this process does.
#[derive(Debug, Clone, Copy)]
enum Task {
    Strategy(Strategy),
    Invoke,
}

impl FromStr for Task {
    type Err = HookNameError;

    fn from_str(text: &str) -> Result<Self, HookNameError> {
        if text == "lambda" { Ok(Task::Invoke) } else { text.parse().map(Task::Strategy) }
    }
}

pub(crate) fn run(args: &StrategyArgs, context: &mut Context) -> CliResult<()> {
    // A strategy connects to hosts.
    process::look_up_without_modules();
    let message = read_capped(stdin()?, MESSAGE_LIMIT)?.ok_or_else(|| failed("the message is too large"))?;
    let strategy = match args.strategy {
        Task::Strategy(strategy) => strategy,
        Task::Invoke => return Invocation::read(&message).and_then(|call| call.run()).map_err(failed),
    };
    let mut call = message::read_call(&message).map_err(failed)?;
    call.step = args.step;
    if let Some(produced) = strategy::run(strategy, &call).map_err(refused_or_failed)? {
        context.ui.bytes(&message::write_answer(&produced))?;
    }
    Ok(())
}

/// A value that the server's rules refuse is told apart, as a hook does it.
fn refused_or_failed(error: StrategyError) -> CliError {
    let is_refusal = error.is_refusal();
    let failed = failed(error);
    if is_refusal { CliError::Reported(Exit::OfProgram(REFUSED)) } else { failed }
}

/// The last line that a hook writes becomes the reason of its failure, so it is just the message.
fn failed(error: impl std::fmt::Display) -> CliError {
    ui::print_fatal(&error.to_string());
    CliError::Reported(Exit::Other)
}
