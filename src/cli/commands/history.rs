//! `vault history`: the versions of a parameter or a secret.

use clap::Args;

use super::{param, secret};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::input::meant::{LongForms, Meant, unfit};

const LONG: LongForms = LongForms { parameter: "param history", secret: "secret versions" };

/// Show the versions of a parameter or a secret
#[derive(Debug, Args)]
#[command(
    long_about = "Show the versions of a parameter or a secret, whichever has the name: the short form of `vault param history` and \
        `vault secret versions`.",
    after_help = "Examples:\n  vault history /app/prod/db/password\n  vault history prod/db --all"
)]
pub(crate) struct HistoryArgs {
    /// Name of a parameter or a secret
    name: String,
    /// Show the values of a parameter too
    #[arg(long)]
    values: bool,
    /// Include the versions of a secret without a stage
    #[arg(short, long)]
    all: bool,
}

pub(crate) fn run(args: &HistoryArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    match LONG.one(&args.name, &vault, context)? {
        // Every version of a parameter is shown anyway.
        Meant::Parameter(wanted) => {
            let long = param::history::HistoryArgs { name: Meant::whole(wanted)?, values: args.values };
            param::history::history(&long, vault, context)
        }
        Meant::Secret(name) if args.values => Err(unfit(name.as_str(), "secret", "--values")),
        Meant::Secret(name) => {
            let long = secret::versions::VersionsArgs { name: name.into(), all: args.all };
            secret::versions::versions(&long, vault, context)
        }
    }
}
