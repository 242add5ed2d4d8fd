//! `vault secret show`: everything about a secret but its value.

use clap::Args;
use serde::Serialize;

use crate::aws::secret::{DescribeSecret, SecretMetadata};
use crate::aws::version_stages::VersionStages;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::date::Date;
use crate::cli::session::Session;
use crate::cli::terminal::{Meaning, Page, Report};
use crate::model::reference::{self, SecretRef};
use crate::model::secret::{Rotation, Secret};

/// Show a secret's metadata
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  vault secret show prod/db\n  vault secret show prod/db --json")]
pub(crate) struct ShowArgs {
    /// Name of the secret, or its ARN
    #[arg(value_parser = reference::secret)]
    pub(crate) name: SecretRef,
}

#[derive(Serialize)]
struct ShowReport {
    #[serde(flatten)]
    described: DescribeSecret<Date>,
    /// When it rotates automatically, for people.
    #[serde(skip)]
    schedule: Option<String>,
    /// How many copies it has in other vaults, for people.
    #[serde(skip)]
    copies: usize,
}

pub(crate) fn show(args: &ShowArgs, vault: Session, context: &mut Context) -> CliResult<()> {
    let secret = vault.secret(vault.referenced_name(&args.name)?)?;
    // The key of a future first value is only informative, so errors are ignored.
    let governing = vault.governing_key::<Secret>(&secret.name).ok().map(|key| key.to_string());
    vault.finish(context);
    let mut metadata = SecretMetadata::of(&secret).with_own(&secret);
    metadata.kms_key_id = metadata.kms_key_id.or(governing);
    let described =
        DescribeSecret { metadata, version_ids_to_stages: VersionStages::of(&secret), replication_status: None };
    let rules = secret.rotation.as_ref().and_then(Rotation::rules);
    let schedule = rules.map(|rules| rules.schedule().to_string());
    Ok(context.ui.report(&ShowReport { described, schedule, copies: secret.replicas.len() })?)
}

impl Report for ShowReport {
    fn text(&self, page: &mut Page) {
        let secret = &self.described.metadata;
        let tags: Vec<String> = secret.tags.iter().flatten().map(|tag| format!("{}={}", tag.key, tag.value)).collect();
        let date = |date: Option<Date>| date.map(|date| page.moment(date)).unwrap_or_default();
        let by = secret.last_changed_user.as_deref().unwrap_or_default();
        let mut fields = vec![
            ("name", Meaning::Name, secret.name.clone()),
            ("description", Meaning::Plain, secret.description.clone()),
            ("created", Meaning::Plain, date(secret.created_date)),
            ("changed", Meaning::Plain, format!("{} by {by}", page.moment(secret.last_changed_date))),
            ("key", Meaning::Plain, secret.kms_key_id.clone().unwrap_or_default()),
            ("copy of", Meaning::Plain, primary(secret)),
            ("copies", Meaning::Plain, self.copies()),
            ("tags", Meaning::Plain, tags.join(" ")),
            ("rotation", Meaning::Plain, rotation(secret, self.schedule.as_deref())),
            ("rotated", Meaning::Plain, date(secret.last_rotated_date)),
            ("next", Meaning::Plain, date(secret.next_rotation_date)),
            ("unfinished", Meaning::Warning, unfinished(secret, page)),
            (
                "deletion",
                Meaning::Warning,
                secret.deleted_date.map(|due| format!("after {}", page.moment(due))).unwrap_or_default(),
            ),
        ];
        let options = secret.rotation_options.iter().map(|(name, value)| format!("{name}={value}"));
        let admin = secret.rotation_admin.iter().map(|admin| format!("admin={admin}"));
        let options = admin.chain(options).map(|option| ("option", Meaning::Plain, option));
        let after = fields.iter().position(|(name, ..)| *name == "rotated").unwrap_or(fields.len());
        fields.splice(after..after, options);
        for (version, stages) in self.described.version_ids_to_stages.iter().flat_map(|stages| &stages.0) {
            fields.push(("version", Meaning::Version, format!("{version} {}", stages.join(" "))));
        }
        page.fields(fields.into_iter().filter(|(.., text)| !text.is_empty()));
    }
}

impl ShowReport {
    fn copies(&self) -> String {
        match self.copies {
            0 => String::new(),
            copies => format!("{copies} in other vaults: `vault replica ls {}`", self.described.metadata.name),
        }
    }
}

fn primary(secret: &SecretMetadata<Date>) -> String {
    let primary = secret.primary_name.as_ref().zip(secret.primary_vault.as_ref());
    primary.map(|(name, vault)| format!("{name} in the vault {vault}, read-only")).unwrap_or_default()
}

fn rotation(secret: &SecretMetadata<Date>, schedule: Option<&str>) -> String {
    let Some(hook) = &secret.rotation_lambda_arn else { return String::new() };
    let window = secret.rotation_rules.as_ref().and_then(|rules| rules.duration.as_ref());
    let when = match (schedule, window) {
        (Some(schedule), Some(window)) => format!("{schedule} within {window}"),
        (Some(schedule), None) => schedule.to_owned(),
        (None, _) => "only manually".to_owned(),
    };
    let off = if secret.rotation_enabled == Some(false) { ", cancelled" } else { "" };
    format!("{hook}, {when}{off}")
}

fn unfinished(secret: &SecretMetadata<Date>, page: &Page) -> String {
    let Some(run) = &secret.rotation_run else { return String::new() };
    let error = if run.error.is_empty() { String::new() } else { format!(": {}", run.error) };
    format!("attempt {} at {}, {}{error}", run.attempt, run.step, page.moment(run.last_attempt_date))
}
