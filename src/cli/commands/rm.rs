//! `vault rm`: delete parameters, or secrets.

use clap::Args;

use super::{param, secret};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::input::meant::{AllMeant, LongForms, Meant, unfit};
use crate::cli::input::window::window;
use crate::model::name::ParameterName;
use crate::model::secret::USUAL_RECOVERY_DAYS;

const LONG: LongForms = LongForms { parameter: "param rm", secret: "secret rm" };

/// Delete parameters, or mark secrets for deletion
#[derive(Debug, Args)]
#[command(
    long_about = "Delete parameters, or mark secrets for deletion, whichever have the names: the short form of `vault param rm` and `vault \
        secret rm`. A parameter is deleted at once with all its versions; a secret can be restored for some days, unless --force \
        deletes it at once.",
    after_help = "Examples:\n  vault rm /app/dev/db/password\n  vault rm --window 7 prod/db"
)]
pub(crate) struct RmArgs {
    /// Names of parameters, or of secrets
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Recovery window of secrets in days, 7 to 30 [default: 30]
    #[arg(long, value_name = "DAYS", value_parser = window, conflicts_with = "force")]
    window: Option<u32>,
    /// Delete secrets at once
    #[arg(long)]
    force: bool,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

pub(crate) fn run(args: &RmArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    match LONG.all(&args.names, &vault, context)? {
        AllMeant::Parameters(wanted) => {
            let names = wanted.into_iter().map(Meant::whole).collect::<CliResult<Vec<ParameterName>>>()?;
            // Who types `--window` counts on a way back, and a parameter has none.
            if let (Some(name), Some(_)) = (names.first(), args.window) {
                return Err(unfit(name.as_str(), "parameter", "--window"));
            }
            param::rm::rm(&param::rm::RmArgs { names, yes: args.yes }, vault, context)
        }
        AllMeant::Secrets(names) => {
            let window = args.window.unwrap_or(USUAL_RECOVERY_DAYS);
            secret::rm::rm(secret::rm::RmArgs { names, window, force: args.force, yes: args.yes }, vault, context)
        }
    }
}
