//! `vault secret put`: a new version.

use std::collections::BTreeSet;

use clap::Args;

use super::value::ValueArgs;
use super::{broken, present, stored};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::write_only;
use crate::cli::session::Session;
use crate::model::name::SecretName;
use crate::model::secret::{Stage, VersionId, VersionPrefix};
use crate::model::trust::Kind;

/// Store a new version of a secret's value
#[derive(Debug, Args)]
#[command(
    long_about = "Store a new version of a secret's value.\n\n\
        The new version becomes AWSCURRENT, the previous one AWSPREVIOUS, and an unfinished rotation is aborted. \
        With --stage the new version gets exactly those stages, and AWSCURRENT stays where it is unless it is among \
        them.\n\n\
        With --json-key or --generate-into only one field of a JSON value changes. If another new value lacks fields of \
        the present one, they are named, and on a terminal you are asked.",
    after_help = "Examples:\n  \
        vault secret put prod/db                            prompts without echo\n  \
        printf %s \"$TOKEN\" | vault secret put prod/api-key --stdin\n  \
        vault secret put prod/db --json-key password        a field; the others stay\n  \
        vault secret put prod/db --generate-into password\n  \
        vault secret put prod/db --generate --stage AWSPENDING\n  \
        vault secret put prod/db --stdin --if-version-id 01890a5d   if still current"
)]
pub(crate) struct PutArgs {
    /// Name of the secret
    pub(crate) name: SecretName,
    #[command(flatten)]
    pub(crate) value: ValueArgs,
    /// Stage for the new version, instead of AWSCURRENT; may be repeated
    #[arg(short, long, value_name = "STAGE")]
    pub(crate) stage: Vec<Stage>,
    /// Id of the version, 32 to 64 characters; repeating it with the same value changes nothing
    #[arg(long, value_name = "TOKEN")]
    pub(crate) token: Option<VersionId>,
    /// Only if AWSCURRENT is on this version: its id, or at least its first eight characters
    #[arg(long, value_name = "ID")]
    pub(crate) if_version_id: Option<VersionPrefix>,
    /// Do not ask for confirmation if the new value lacks fields of the present one
    #[arg(short, long)]
    pub(crate) yes: bool,
}

pub(super) fn run(mut args: PutArgs, context: &mut Context) -> CliResult<()> {
    args.value.refuse_argument()?;
    let vault = context.open_vault()?;
    put(args, vault, context)
}

/// Stores it in an open vault.
pub(crate) fn put(mut args: PutArgs, vault: Session, context: &mut Context) -> CliResult<()> {
    let secret = vault.live_secret(&args.name)?;
    // Before the value is asked for, or compared.
    secret.require_primary().map_err(|error| broken(&args.name, error))?;
    let expected = args.if_version_id.as_ref().map(|prefix| secret.resolve(prefix)).transpose();
    let expected = expected.map_err(|error| broken(&args.name, error))?;
    if args.value.is_prompt() {
        vault.require_storing(Kind::Secret, args.name.as_str(), None)?;
    }
    let (value, extended) = present::new_value(&mut args.value, &secret, args.yes, &vault, context)?;
    let stages: Option<BTreeSet<Stage>> = (!args.stage.is_empty()).then(|| args.stage.into_iter().collect());
    let (token, stages) = (args.token.as_ref(), stages.as_ref());
    let put = vault.put_secret_value(&args.name, &value, token, stages, expected.or(extended).as_ref(), context.now)?;
    let vault = vault.finish(context);
    write_only::tell(&vault, put.key.as_ref(), context)?;
    stored::report(&args.name, Some(&put), "stored", context)
}
