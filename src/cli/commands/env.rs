//! `vault env`: variables as text for a shell.

use clap::Args;

use super::export::{Common, Target, write};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::input::sources;

/// Print variables with their values
#[derive(Debug, Args)]
#[command(
    long_about = format!("Print variables with their values, by default for a shell.\n\n\
        {}\n\n\
        On a terminal nothing is shown without --values. A value that the format cannot represent is refused with \
        the reason.",
        sources::ABOUT),
    after_help = "Examples:\n  \
        eval \"$(vault env /app/dev)\"\n  \
        vault env /app/dev --format fish | source\n  \
        vault env /app/prod --format json | jq -r .DB_HOST\n  \
        vault env /app/prod --values                           on this terminal"
)]
pub(crate) struct EnvArgs {
    /// Output format: dotenv, sh, fish, powershell, json, yaml, toml, docker, systemd, github, tfvars or properties
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = Target::Sh, hide_possible_values = true)]
    format: Target,
    #[command(flatten)]
    common: Common,
}

pub(crate) fn run(args: &EnvArgs, context: &mut Context) -> CliResult<()> {
    write(args.format, &args.common, context)
}
