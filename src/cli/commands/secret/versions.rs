//! `vault secret versions`: the versions of a secret.

use clap::Args;
use serde::Serialize;

use crate::aws::secret_versions::{ListSecretVersionIds, SecretVersionEntry};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::date::Date;
use crate::cli::session::Session;
use crate::cli::terminal::{Meaning, Page, Report, Table};
use crate::model::reference::{self, SecretRef};
use crate::model::sealed::Sealed;
use crate::model::secret::SecretVersion;

/// Show the versions of a secret
#[derive(Debug, Args)]
#[command(
    long_about = "Show the versions of a secret that have a stage, oldest first. A version without a stage is \
        deprecated: it can still be read by its id, and is removed once there are more than a hundred versions and \
        it is older than a day.",
    after_help = "Examples:\n  vault secret versions prod/db\n  vault secret versions prod/db --all"
)]
pub(crate) struct VersionsArgs {
    /// Name of the secret, or its ARN
    #[arg(value_parser = reference::secret)]
    pub(crate) name: SecretRef,
    /// Include versions without a stage
    #[arg(short, long)]
    pub(crate) all: bool,
}

#[derive(Serialize)]
struct VersionsReport {
    #[serde(flatten)]
    listed: ListSecretVersionIds<Date>,
    /// What each value is, for people.
    #[serde(skip)]
    kinds: Vec<&'static str>,
}

pub(crate) fn versions(args: &VersionsArgs, vault: Session, context: &mut Context) -> CliResult<()> {
    let secret = vault.secret(vault.referenced_name(&args.name)?)?;
    vault.finish(context);
    let wanted = secret.versions.iter().filter(|version| args.all || !version.stages.is_empty());
    let (versions, kinds) = wanted.map(|version| (entry(version), kind(version))).unzip();
    let listed = ListSecretVersionIds { arn: None, name: secret.name.to_string(), versions, next_token: None };
    Ok(context.ui.report(&VersionsReport { listed, kinds })?)
}

fn entry(version: &SecretVersion) -> SecretVersionEntry<Date> {
    SecretVersionEntry { created_user: Some(version.by.to_string()), ..version.into() }
}

fn kind(version: &SecretVersion) -> &'static str {
    match version.content.as_ref().map(Sealed::is_binary) {
        None => "no value yet",
        Some(true) => "binary",
        Some(false) => "text",
    }
}

impl Report for VersionsReport {
    fn text(&self, page: &mut Page) {
        let mut table = Table::new([
            ("VERSION", Meaning::Version),
            ("CREATED", Meaning::Plain),
            ("BY", Meaning::Plain),
            ("VALUE", Meaning::Plain),
            ("STAGES", Meaning::Label),
        ]);
        for (version, kind) in self.listed.versions.iter().zip(&self.kinds) {
            let (created, stages) = (page.age(version.created_date), version.version_stages.join(" "));
            let by = version.created_user.as_deref().unwrap_or_default();
            table.row([version.version_id.as_str(), &created, by, kind, &stages]);
        }
        page.table(&table);
    }
}
