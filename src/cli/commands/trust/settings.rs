//! `vault trust settings`: what admins have signed for everybody who uses the vault.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::model::freshness::Freshness;
use crate::model::settings::{Audit, Settings};

/// Show or change the vault's signed settings
#[derive(Debug, Args)]
#[command(
    long_about = "Show the settings of the vault, which admins sign in the trust chain, or change them. They hold on \
        every machine; the configuration of a machine may be stricter, and never laxer.\n\n\
        `freshness` is what happens to a document that is older than what a machine has seen elsewhere, such as on \
        another branch: it is used with a warning (warn), or refused (strict).",
    after_help = "Examples:\n  vault trust settings\n  vault trust settings --freshness strict"
)]
pub(crate) struct SettingsArgs {
    /// Whether documents older than those seen elsewhere are used with a warning or refused
    #[arg(long, value_enum)]
    freshness: Option<Strictness>,
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
    let settings = Settings { freshness: wanted.unwrap_or(before.freshness), ..before.clone() };
    if settings != before {
        vault.change_settings(settings.clone(), context.now)?;
    }
    let trust = vault.trust().rev;
    vault.finish(context);
    context.ui.report(&SettingsReport {
        freshness: settings.freshness.as_str(),
        audit: if settings.audit == Audit::Required { "required" } else { "optional" },
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
    }
}
