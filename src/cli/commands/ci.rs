//! `vault ci`: helpers for CI jobs.

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::sources::{self, SourceArgs};
use crate::inject::ci::Host;

#[derive(Debug, Subcommand)]
pub(crate) enum CiCommand {
    Mask(MaskArgs),
}

/// Print masking commands for a CI host
#[derive(Debug, Args)]
#[command(
    long_about = format!("Print masking commands for a CI host: for each value, each of its lines and each string in \
        its JSON.\n\n\
        {}\n\n\
        The commands contain the values. GitHub Actions and Azure Pipelines are detected, and remove such commands \
        from a job's output; for GitLab and Buildkite you must send the output elsewhere, and specify --host.", sources::ABOUT),
    after_help = "Examples:\n  \
        vault ci mask /app/prod                        on GitHub or Azure Pipelines\n  \
        vault ci mask --host buildkite /app/prod | buildkite-agent redactor add\n  \
        vault ci mask --host gitlab /app/prod          on a runner with proxy_exec"
)]
pub(crate) struct MaskArgs {
    #[command(flatten)]
    sources: SourceArgs,
    /// CI host: github, azure, gitlab or buildkite [default: detected in jobs of github and azure]
    #[arg(long, value_enum, value_name = "HOST", hide_possible_values = true)]
    host: Option<Named>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Named {
    Github,
    Azure,
    Gitlab,
    Buildkite,
}

pub(crate) fn run(command: &CiCommand, context: &mut Context) -> CliResult<()> {
    match command {
        CiCommand::Mask(args) => mask(args, context),
    }
}

fn mask(args: &MaskArgs, context: &mut Context) -> CliResult<()> {
    let host = match args.host {
        Some(named) => named.host(),
        None => recognised()?,
    };
    if context.ui.is_terminal() {
        return Err(CliError::usage(
            "mask commands contain the values, and would show them on this terminal",
            "run it in a job, or send the output to where the host reads it",
        ));
    }
    let vault = context.open_vault()?;
    let sources = args.sources.gather(&vault, context)?;
    vault.finish(context);
    let commands = host.mask_commands(sources.iter().flatten().map(|given| &given.value));
    let commands =
        commands.map_err(|error| CliError::usage(error.to_string(), "use only sources whose values are text"))?;
    Ok(context.ui.bytes(&commands)?)
}

/// The host of this job, if printing masking commands is safe there.
fn recognised() -> CliResult<Host> {
    match env::ci_host() {
        Some(host) if host.obeys_output() => Ok(host),
        Some(host) => Err(CliError::usage(
            format!("{host} does not remove mask commands from a job's output; the values would appear in its log"),
            "`vault ci mask --help` explains where to send them; `vault exec` masks automatically",
        )),
        None => Err(CliError::usage(
            "this is not a job of GitHub Actions or Azure Pipelines",
            "name the host with `--host`: `github`, `azure`, `gitlab` or `buildkite`",
        )),
    }
}

impl Named {
    fn host(self) -> Host {
        match self {
            Named::Github => Host::Github,
            Named::Azure => Host::Azure,
            Named::Gitlab => Host::Gitlab,
            Named::Buildkite => Host::Buildkite,
        }
    }
}
