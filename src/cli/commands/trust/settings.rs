//! `vault trust settings`: what admins have signed for everybody who uses the vault.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::input::choice::{choice, word_of};
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
    #[arg(long, value_parser = choice(STRICTNESS))]
    freshness: Option<Freshness>,
    /// Whether uses that cannot be recorded are allowed with a warning or refused
    #[arg(long, value_parser = choice(RECORDING))]
    audit: Option<Audit>,
    /// How long machines keep their records, such as 400d; `none` for ever
    #[arg(long, value_name = "PERIOD", value_parser = period)]
    audit_retention: Option<String>,
    /// Open values of this scope only with a reason; may be repeated, and replaces what was set before
    #[arg(long, value_name = "SCOPE")]
    reason_for: Vec<Scope>,
    /// How long expired parameters can be brought back, such as 30d; `none` for the default of 7d
    #[arg(long, value_name = "PERIOD", value_parser = period)]
    expired_grace: Option<String>,
    /// Open every value without a reason
    #[arg(long, conflicts_with = "reason_for")]
    no_reasons: bool,
}

const STRICTNESS: &[(&str, &str, Freshness)] =
    &[("warn", "Used, with a warning", Freshness::Warn), ("strict", "Refused", Freshness::Strict)];

const RECORDING: &[(&str, &str, Audit)] =
    &[("optional", "Allowed, with a warning", Audit::Optional), ("required", "Refused", Audit::Required)];

/// A period as settings have it; `none` is none.
fn period(text: &str) -> Result<String, PeriodError> {
    if text == "none" { Ok(String::new()) } else { Ok(text.parse::<Period>()?.to_string()) }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SettingsReport {
    freshness: &'static str,
    audit: &'static str,
    audit_retention: String,
    reasons: Vec<String>,
    expired_grace: String,
    trust_revision: u64,
    changed: bool,
    dry_run: bool,
}

pub(super) fn run(args: &SettingsArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let before = vault.trust().settings.clone();
    let mut settings = before.clone();
    settings.freshness = args.freshness.unwrap_or(before.freshness);
    settings.audit = args.audit.unwrap_or(before.audit);
    if let Some(retention) = &args.audit_retention {
        settings.audit_retention.clone_from(retention);
    }
    if let Some(grace) = &args.expired_grace {
        settings.expired_grace.clone_from(grace);
    }
    if args.no_reasons || !args.reason_for.is_empty() {
        settings.reasons.clone_from(&args.reason_for);
    }
    if settings != before {
        vault.change_settings(settings.clone(), context.now)?;
    }
    let trust_revision = vault.trust().rev;
    vault.finish(context);
    Ok(context.ui.report(&SettingsReport {
        freshness: settings.freshness.as_str(),
        audit: word_of(RECORDING, &settings.audit),
        reasons: settings.reasons.iter().map(ToString::to_string).collect(),
        audit_retention: settings.audit_retention.clone(),
        expired_grace: settings.grace().to_string(),
        trust_revision,
        changed: settings != before,
        dry_run: context.global.dry_run,
    })?)
}

impl Report for SettingsReport {
    fn text(&self, page: &mut Page) {
        if self.dry_run && self.changed {
            page.line("nothing was written; the result would be:");
        }
        let fields = [
            ("freshness", self.freshness.to_owned()),
            ("audit", self.audit.to_owned()),
            ("audit retention", self.audit_retention.clone()),
            ("reasons", self.reasons.join(" ")),
            ("expired grace", self.expired_grace.clone()),
        ];
        let stated = fields.into_iter().filter(|(_, text)| !text.is_empty());
        page.fields(stated.map(|(name, text)| (name, Meaning::Plain, text)));
    }
}
