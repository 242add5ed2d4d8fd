//! `vault replica add`: a copy of a secret in another vault.

use std::path::PathBuf;

use clap::Args;

use super::place::directory;
use super::view::{ReplicaReport, outcome};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::replicas::CopyStatus;
use crate::cli::session::Session;
use crate::engine::{CopyMode, Vault};
use crate::machine::config::replicas::set_place;
use crate::model::name::{KeyName, SecretName};
use crate::model::secret::{Replica, Secret};
use crate::model::trust::Kind;

/// Keep a copy of a secret in another vault
#[derive(Debug, Args)]
#[command(
    long_about = "Keep a copy of a secret in another vault. It is encrypted for the members of that vault, signed by you as one of \
        them, and read-only. From then on each change and rotation of the secret is copied before the command ends, and what could not be \
        copied is copied by `vault tick` or `vault sync`. Git is left alone unless `--commit` commits in both repositories.",
    after_help = "Examples:\n  \
        vault replica add prod/db --to ../other-repository\n  \
        vault replica add prod/db --to /srv/eu/.vault --region eu-west-1 --as eu/db"
)]
pub(crate) struct AddArgs {
    /// Name of the secret
    name: SecretName,
    /// Directory of the other vault, or of the repository around it
    #[arg(long, value_name = "VAULT", value_hint = clap::ValueHint::DirPath)]
    to: PathBuf,
    /// Region that the other vault stands for
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Key of the other vault, which must govern the name there
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Name in the other vault; the same by default
    #[arg(long = "as", value_name = "NAME")]
    there: Option<String>,
}

pub(super) fn run(args: &AddArgs, context: &mut Context) -> CliResult<()> {
    let place = directory(&args.to)?;
    let vault = context.open_vault()?;
    let secret = vault.live_secret(&args.name).map_err(|error| match CliError::parameter_instead(&error) {
        Some(parameter) => CliError::NotReplicated(parameter.to_owned()),
        None => error.into(),
    })?;
    context.hold_identity_of(&vault)?;
    let other = context.open_other(&place)?;
    let replica = args.replica(&vault, &other)?;
    vault.require_copyable(&secret, &replica, &other)?;
    if !context.global.dry_run {
        set_place(Context::config()?.directory(), other.id(), Some(&place))?;
    }
    vault.attach(&args.name, &replica, context.now)?;
    let copied = copied(&secret, &replica, &vault, other, context);
    vault.finish(context);
    context.ui.report(&ReplicaReport::new(std::slice::from_ref(&copied)))?;
    outcome(&[copied])
}

/// Makes the copy in the vault that is open.
fn copied(secret: &Secret, replica: &Replica, vault: &Vault<'_>, other: Session, context: &mut Context) -> CopyStatus {
    let names = [secret.name.clone()];
    let made = vault.copy_to(&other, &names, CopyMode::Create, context.now, &mut |_| {});
    let made = made.and_then(|copied| copied.into_iter().collect::<Result<Vec<_>, _>>());
    let made = other.finish_beside(made, context);
    CopyStatus::made(secret, replica, made.map(drop))
}

impl AddArgs {
    /// Where the copy is kept: the key is the one that governs its name there.
    fn replica(&self, vault: &Vault<'_>, other: &Vault<'_>) -> CliResult<Replica> {
        let name = match &self.there {
            Some(there) => there
                .parse()
                .map_err(|error| CliError::usage(format!("`--as`: {error}"), "give the name of a secret"))?,
            None => self.name.clone(),
        };
        let asked = self.key.as_ref().map(|key| key.parse::<KeyName>()).transpose().map_err(|error| {
            CliError::usage(format!("`--key`: {error}"), "give the name of a key of the other vault")
        })?;
        let key = other.storing_key(Kind::Secret, name.as_str(), asked.as_ref())?;
        let region = self.region.clone().unwrap_or_default();
        let settings = &vault.trust().settings;
        if !region.is_empty() && !settings.allows_region(&region) {
            return Err(CliError::usage(
                format!("`{region}` is not a region of this vault"),
                format!("the settings of this vault allow {}", settings.regions.join(", ")),
            ));
        }
        Ok(Replica { vault: other.id(), region, key, name })
    }
}
