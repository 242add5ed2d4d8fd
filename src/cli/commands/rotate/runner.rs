//! Rotating a list of secrets, one after the other, with everything that hooks get from this machine.

use std::time::Duration;

use serde::Serialize;

use super::approve::require_approval;
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::signal;
use crate::cli::terminal::ui::Failure;
use crate::engine::{Error, Hooks, Vault};
use crate::hook::{ApprovalError, Interrupt, Limits, Runner, Settings, Surroundings};
use crate::model::name::SecretName;
use crate::model::secret::VersionId;

/// The result for a list of secrets.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RotationReport {
    pub(crate) rotated: Vec<RotatedSecret>,
    pub(crate) failed: Vec<Failed>,
    /// In a dry run: what would be rotated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) planned: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RotatedSecret {
    name: String,
    #[serde(rename = "VersionId")]
    version: String,
    attempts: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Failed {
    name: String,
    code: &'static str,
    message: String,
    #[serde(skip)]
    hints: Vec<String>,
    /// It was not tried: it has to be approved on this machine, or confirmed, first.
    #[serde(skip)]
    waits: bool,
}

impl Failed {
    pub(crate) fn new(name: String, error: &CliError) -> Self {
        let Failure { code, message, hints, .. } = error.failure();
        let waits = match error {
            CliError::Approval(ApprovalError::RotationNotApproved { .. }) => true,
            CliError::Engine(Error::Plan { error, .. }) => error.awaits_confirmation(),
            _ => false,
        };
        Failed { name, code, message, hints, waits }
    }
}

/// Rotates each secret; a failure of one does not stop the others. The first failure is returned with the report,
/// otherwise the first secret that awaits approval.
pub(crate) fn rotate_all(
    names: &[SecretName],
    token: Option<&VersionId>,
    timeout: Duration,
    vault: &Vault<'_>,
    context: &mut Context,
) -> CliResult<(RotationReport, Option<CliError>)> {
    let mut report = RotationReport::default();
    if context.global.dry_run {
        let failure = each(names, &mut report, |name, report| {
            require_approval(vault, &vault.live_secret(name)?)?;
            report.planned.push(name.to_string());
            Ok(())
        });
        return Ok((report, failure));
    }
    let failure = with_hooks(timeout, vault, context, |hooks, context| {
        each(names, &mut report, |name, report| {
            report.rotated.push(rotate_one(name, token, hooks, vault, context)?);
            Ok(())
        })
    })?;
    Ok((report, failure))
}

fn each(
    names: &[SecretName],
    report: &mut RotationReport,
    mut work: impl FnMut(&SecretName, &mut RotationReport) -> CliResult<()>,
) -> Option<CliError> {
    let (mut failed, mut waiting) = (None, None);
    for name in names {
        let Err(error) = work(name, report) else { continue };
        let entry = Failed::new(name.to_string(), &error);
        if entry.waits { &mut waiting } else { &mut failed }.get_or_insert(error);
        report.failed.push(entry);
    }
    failed.or(waiting)
}

fn rotate_one(
    name: &SecretName,
    token: Option<&VersionId>,
    hooks: &dyn Hooks,
    vault: &Vault<'_>,
    context: &mut Context,
) -> CliResult<RotatedSecret> {
    let secret = vault.live_secret(name)?;
    // Checked before anything starts: what never ran needs no retry.
    require_approval(vault, &secret)?;
    let now = env::clock()();
    let ui = &mut context.ui;
    let rotated = vault.rotate(name, token, hooks, now, &mut |step| ui.detail(format!("{name}: {step}")))?;
    Ok(RotatedSecret { name: name.to_string(), version: rotated.version.to_string(), attempts: rotated.attempts })
}

/// Runs `work` with hooks as child processes that a signal ends together with this process.
pub(super) fn with_hooks<T>(
    timeout: Duration,
    vault: &Vault<'_>,
    context: &mut Context,
    work: impl FnOnce(&Runner<'_>, &mut Context) -> T,
) -> CliResult<T> {
    let interrupt = Interrupt::default();
    let on_signal = interrupt.clone();
    let _guard = signal::before_end(move || on_signal.pass_on(rustix::process::Signal::TERM.as_raw()))?;
    let surroundings = Surroundings { search: env::trusted_search_directories(), variables: env::hook_variables() };
    let limits = Limits { time: timeout, ..Limits::default() };
    let clock = env::clock();
    let settings = Settings { surroundings, limits, interrupt, ..Settings::default() };
    let runner = Runner { state: vault.state(), now: &clock, settings };
    Ok(work(&runner, context))
}

impl Report for RotationReport {
    fn text(&self, page: &mut Page) {
        for name in &self.planned {
            let name = page.paint(Meaning::Name, name);
            page.line(format!("{name} would be rotated"));
        }
        for rotated in &self.rotated {
            let name = page.paint(Meaning::Name, &rotated.name);
            let version = page.paint(Meaning::Version, &rotated.version);
            let attempts = if rotated.attempts > 1 { format!(", attempt {}", rotated.attempts) } else { String::new() };
            page.line(format!("{name} rotated, AWSCURRENT is {version}{attempts}"));
        }
        for failed in &self.failed {
            let word = page.paint(Meaning::Warning, if failed.waits { "waiting" } else { "failed" });
            let message = page.paint(Meaning::Plain, &failed.message);
            page.line(format!("{word}: {message}"));
            for hint in &failed.hints {
                let hint = page.paint(Meaning::Plain, hint);
                page.line(format!("  {hint}"));
            }
        }
    }
}
