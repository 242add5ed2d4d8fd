//! `vault trust settings`: what admins have signed for everybody who uses the vault.

use std::str::FromStr;

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::model::freshness::Freshness;
use crate::model::period::{Period, PeriodError};
use crate::model::scope::Scope;
use crate::model::settings::Audit;

/// Show or change the vault's signed settings
#[derive(Debug, Args)]
#[command(
    long_about = "Show the settings of the vault, which admins sign in the trust chain, or change them. They hold on \
        every machine; the configuration of a machine may be stricter, and never laxer.\n\n\
        `freshness` is what happens to a document that is older than what a machine has seen elsewhere, such as on \
        another branch: it is used with a warning (warn), or refused (strict).\n\n\
        `audit` is what happens to a use that cannot be recorded in the log of its machine: it is allowed with a warning \
        (optional), or refused (required). `reasons` are the scopes whose values are opened only with `--reason`.\n\n\
        `expired grace` is how long an expired parameter can be brought back before `vault tick` deletes it: a week, if \
        nothing is set.",
    after_help = "Examples:\n  \
        vault trust settings\n  \
        vault trust settings --freshness strict\n  \
        vault trust settings --audit required --audit-retention 400d\n  \
        vault trust settings --reason-for parameter:/prod"
)]
pub(crate) struct SettingsArgs {
    /// Whether documents older than those seen elsewhere are used with a warning or refused
    #[arg(long, value_enum)]
    freshness: Option<Strictness>,
    /// Whether uses that cannot be recorded are allowed with a warning or refused
    #[arg(long, value_enum)]
    audit: Option<Recording>,
    /// How long machines keep their records, such as 400d; `none` for ever
    #[arg(long, value_name = "PERIOD")]
    audit_retention: Option<Retention>,
    /// Open values of this scope only with a reason; may be repeated, and replaces what was set before
    #[arg(long, value_name = "SCOPE")]
    reason_for: Vec<Scope>,
    /// How long expired parameters can be brought back, such as 30d; `none` for the default of 7d
    #[arg(long, value_name = "PERIOD")]
    expired_grace: Option<Retention>,
    /// Open every value without a reason
    #[arg(long, conflicts_with = "reason_for")]
    no_reasons: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Recording {
    /// Allowed, with a warning
    Optional,
    /// Refused
    Required,
}

/// A period, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Retention(String);

impl FromStr for Retention {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        if text == "none" {
            return Ok(Retention(String::new()));
        }
        Ok(Retention(text.parse::<Period>()?.to_string()))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Strictness {
    /// Used, with a warning
    Warn,
    /// Refused
    Strict,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SettingsReport {
    freshness: &'static str,
    audit: &'static str,
    audit_retention: String,
    reasons: Vec<String>,
    expired_grace: String,
    #[serde(rename = "TrustRevision")]
    trust: u64,
    changed: bool,
    dry_run: bool,
}

pub(super) fn run(args: &SettingsArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let before = vault.trust().settings.clone();
    let wanted = args.freshness.map(|freshness| match freshness {
        Strictness::Warn => Freshness::Warn,
        Strictness::Strict => Freshness::Strict,
    });
    let recording = args.audit.map(|audit| match audit {
        Recording::Optional => Audit::Optional,
        Recording::Required => Audit::Required,
    });
    let mut settings = before.clone();
    settings.freshness = wanted.unwrap_or(before.freshness);
    settings.audit = recording.unwrap_or(before.audit);
    if let Some(Retention(retention)) = &args.audit_retention {
        settings.audit_retention.clone_from(retention);
    }
    if let Some(Retention(grace)) = &args.expired_grace {
        settings.expired_grace.clone_from(grace);
    }
    if args.no_reasons || !args.reason_for.is_empty() {
        settings.reasons.clone_from(&args.reason_for);
    }
    if settings != before {
        vault.change_settings(settings.clone(), context.now)?;
    }
    let trust = vault.trust().rev;
    vault.finish(context);
    context.ui.report(&SettingsReport {
        freshness: settings.freshness.as_str(),
        audit: if settings.audit == Audit::Required { "required" } else { "optional" },
        reasons: settings.reasons.iter().map(ToString::to_string).collect(),
        audit_retention: settings.audit_retention.clone(),
        expired_grace: settings.grace().to_string(),
        trust,
        changed: settings != before,
        dry_run: context.global.dry_run,
    })?;
    Ok(())
}

impl Report for SettingsReport {
    fn text(&self, page: &mut Page) {
        if self.dry_run && self.changed {
            page.line("nothing was written; the result would be:");
        }
        page.fields([
            ("freshness", Meaning::Plain, self.freshness.to_owned()),
            ("audit", Meaning::Plain, self.audit.to_owned()),
        ]);
        if !self.audit_retention.is_empty() {
            page.fields([("audit retention", Meaning::Plain, self.audit_retention.clone())]);
        }
        if !self.reasons.is_empty() {
            page.fields([("reasons", Meaning::Plain, self.reasons.join(" "))]);
        }
        page.fields([("expired grace", Meaning::Plain, self.expired_grace.clone())]);
    }
}
