//! `vault param restore`: bring an expired parameter back.

use clap::Args;

use super::put::PutReport;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::model::name::ParameterName;
use crate::model::parameter::Policy;

/// Bring an expired parameter back
#[derive(Debug, Args)]
#[command(
    long_about = "Bring an expired parameter back, with its history, labels and tags. Its newest value is stored again, as \
        a new version that expires at another time or never. This is possible until `vault tick` deletes the parameter: \
        a week after it expired, or after the time that `vault trust settings --expired-grace` states.",
    after_help = "Examples:\n  vault param restore /app/token\n  vault param restore /app/token --expires 90d"
)]
pub(crate) struct RestoreArgs {
    /// The parameter
    #[arg(value_name = "NAME")]
    name: ParameterName,
    /// New expiration time: 2027-01-31, 2027-01-31T12:00:00Z or a duration such as 90d
    #[arg(long, value_name = "WHEN")]
    expires: Option<String>,
}

pub(super) fn run(args: &RestoreArgs, context: &mut Context) -> CliResult<()> {
    let expiration = args.expires.as_deref().map(|when| Policy::expires(when, context.now)).transpose();
    let expiration = expiration.map_err(|error| {
        CliError::usage(error.to_string(), "`vault param restore --help` shows the forms of a time")
    })?;
    let vault = context.open_vault()?;
    let outcome = vault.bring_back(&args.name, expiration, context.now)?;
    vault.finish(context);
    Ok(context.ui.report(&PutReport::from(&outcome))?)
}
