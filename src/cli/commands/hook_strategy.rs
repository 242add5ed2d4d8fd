//! `vault hook-strategy`: a built-in strategy, as the program that a rotation runs for one step.

use std::io::Read;

use clap::Args;
use zeroize::Zeroizing;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::process;
use crate::cli::terminal::ui;
use crate::hook::strategy::{self, StrategyError};
use crate::hook::{REFUSED, message};
use crate::model::hook::{Step, Strategy};

/// A message with a value of 64 KiB in base64 for each stage that a secret can have, and room for everything else.
const MESSAGE_LIMIT: usize = 4 << 20;

/// One step of a strategy: message on standard input, new value on standard output
#[derive(Debug, Args)]
pub(crate) struct StrategyArgs {
    /// Which strategy
    strategy: Strategy,
    /// Which step
    step: Step,
}

pub(crate) fn run(args: &StrategyArgs, context: &mut Context) -> CliResult<()> {
    // A strategy connects to hosts.
    process::look_up_without_modules();
    let mut message = Zeroizing::new(Vec::with_capacity(MESSAGE_LIMIT));
    std::io::stdin().take(MESSAGE_LIMIT as u64).read_to_end(&mut message)?;
    let mut call = message::read_call(&message).map_err(failed)?;
    call.step = args.step;
    if let Some(produced) = strategy::run(args.strategy, &call).map_err(refused_or_failed)? {
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
