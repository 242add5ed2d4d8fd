//! `vault show`: everything about a parameter or a secret but its value.

use clap::Args;

use super::{param, secret};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::input::meant::{LongForms, Meant, unfit};

const LONG: LongForms = LongForms { parameter: "param show", secret: "secret show" };

/// Show the metadata of a parameter or a secret
#[derive(Debug, Args)]
#[command(
    long_about = "Show the metadata of a parameter or a secret, whichever has the name: the short form of `vault param show` and `vault \
        secret show`.",
    after_help = "Examples:\n  vault show /app/prod/db/password\n  vault show /app/prod/db/password:2 --values\n  vault show prod/db"
)]
pub(crate) struct ShowArgs {
    /// Name of a parameter, as NAME, NAME:VERSION or NAME:LABEL, or of a secret
    name: String,
    /// Show the value of a parameter too
    #[arg(long)]
    values: bool,
}

pub(crate) fn run(args: &ShowArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    match LONG.one(&args.name, &vault, context)? {
        Meant::Parameter(name) => {
            param::show::show(&param::show::ShowArgs { name, values: args.values }, vault, context)
        }
        Meant::Secret(name) if args.values => Err(unfit(name.as_str(), "secret", "--values")),
        Meant::Secret(name) => secret::show::show(&secret::show::ShowArgs { name: name.into() }, vault, context),
    }
}
