//! `vault clipboard-clear`: the process that clears the clipboard. Started by `--copy`, not by people.

use clap::Args;

use crate::cli::clipboard::clear;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::process;

/// Clear the clipboard later, if it still holds the value with the hash on standard input
#[derive(Debug, Args)]
pub(crate) struct ClearArgs {
    /// How many seconds to wait
    seconds: u64,
}

pub(crate) fn run(args: &ClearArgs, _: &mut Context) -> CliResult<()> {
    process::keep_all_from_children();
    Ok(clear::serve(args.seconds)?)
}
