//! `vault secret update`: description, value, or both.

use clap::Args;

use super::value::ValueArgs;
use super::{present, stored};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::model::name::SecretName;
use crate::model::secret::VersionId;

/// Change the description, the value, or both at once
#[derive(Debug, Args)]
#[command(
    long_about = "Change the description, the value, or both in one write. A value becomes a new version, staged \
        AWSCURRENT. Without an option for the value, the value stays unchanged and you are not prompted.",
    after_help = "Examples:\n  \
        vault secret update prod/db --description 'of the shop'\n  \
        vault secret update prod/db --description 'of the shop' --generate\n  \
        vault secret update prod/db --description ''     remove it"
)]
pub(crate) struct UpdateArgs {
    /// Name of the secret
    name: SecretName,
    /// Description, not encrypted
    #[arg(short, long, value_name = "TEXT")]
    description: Option<String>,
    #[command(flatten)]
    value: ValueArgs,
    /// Id of the version, 32 to 64 characters; repeating it with the same value adds no second one
    #[arg(long, value_name = "TOKEN")]
    token: Option<VersionId>,
    /// Do not ask for confirmation if the new value lacks fields of the present one
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn run(mut args: UpdateArgs, context: &mut Context) -> CliResult<()> {
    args.value.refuse_argument()?;
    if args.description.is_none() && !args.value.is_given() {
        return Err(CliError::usage(
            "nothing to change",
            "add `--description TEXT`, or `--stdin`, `--file FILE` or `--generate` for a new value",
        ));
    }
    let vault = context.open_vault()?;
    let secret = vault.live_secret(&args.name)?;
    let (value, extended) = if args.value.is_given() {
        let (value, extended) = present::new_value(&mut args.value, &secret, args.yes, &vault, context)?;
        (Some(value), extended)
    } else {
        (None, None)
    };
    let (description, token) = (args.description.as_deref(), args.token.as_ref());
    let updated =
        vault.revise_secret(&args.name, description, value.as_ref(), token, extended.as_ref(), context.now)?;
    vault.finish(context);
    stored::report(&args.name, updated.as_ref(), "updated", context)
}
