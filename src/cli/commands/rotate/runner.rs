//! Rotating a list of secrets, several at once, with everything that hooks get from this machine.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::approve::require_approval;
use super::rotated::rotated;
use super::several;
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::cli::served::{privately, surroundings};
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::signal;
use crate::cli::terminal::ui::Failure;
use crate::engine::{Error, Hooks, Rotated, Vault};
use crate::hook::{ApprovalError, Endpoints, Interrupt, Limits, Runner, Settings};
use crate::model::name::SecretName;
use crate::model::secret::VersionId;
use crate::serve::functions::FunctionEndpoints;

/// The result for a list of secrets.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RotationReport {
    pub(crate) rotated: Vec<RotatedSecret>,
    pub(crate) failed: Vec<Failed>,
    /// In a dry run: what would be rotated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) planned: Vec<String>,
    /// Those that another process rotates at the moment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    running: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RotatedSecret {
    name: String,
    version_id: String,
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

/// How many secrets came to what.
pub(crate) struct Counts {
    pub(crate) done: usize,
    pub(crate) failed: usize,
    pub(crate) waiting: usize,
    pub(crate) running: usize,
}

impl RotationReport {
    pub(crate) fn counts(&self) -> Counts {
        let waiting = self.failed.iter().filter(|failed| failed.waits).count();
        Counts {
            done: self.rotated.len() + self.planned.len(),
            failed: self.failed.len() - waiting,
            waiting,
            running: self.running.len(),
        }
    }
}

/// Which secrets are rotated, and how.
pub(crate) struct Batch<'a> {
    pub(crate) names: &'a [SecretName],
    /// The id of the new version.
    pub(crate) token: Option<&'a VersionId>,
    pub(crate) reason: Reason,
    /// How long a step may take.
    pub(crate) timeout: Duration,
    /// How many are rotated at once.
    pub(crate) jobs: usize,
}

/// Why secrets are rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Somebody named them.
    Named,
    /// They were found to be known to somebody: another process may be rotating them.
    Exposed,
    /// They were due when they were found.
    Due,
}

/// Rotates each secret; a failure of one does not stop the others. The first failure is returned with the report,
/// otherwise the first secret that awaits approval.
pub(crate) fn rotate_all(
    batch: &Batch<'_>,
    vault: &Vault<'static>,
    context: &mut Context,
) -> CliResult<(RotationReport, Option<CliError>)> {
    if context.global.dry_run {
        let planned = batch.names.iter().map(|name| planned(name, vault)).collect();
        return Ok(reported(batch, planned));
    }
    if !batch.names.is_empty() {
        // Unlocks once, before several need it.
        vault.whoami()?;
    }
    let rotated = with_hooks(batch.timeout, vault, context, |hooks, context| {
        let rotate = |name: &SecretName, detail: &dyn Fn(String)| rotate_one(name, batch, hooks, vault, detail);
        several::each(batch.names, batch.jobs, rotate, |text| context.ui.detail(text))
    })?;
    Ok(reported(batch, rotated))
}

/// What became of one secret.
enum Done {
    Rotated(RotatedSecret),
    /// In a dry run.
    Planned,
    /// Another process rotates it.
    Running,
    /// Another process has rotated it.
    Elsewhere,
}

fn planned(name: &SecretName, vault: &Vault<'_>) -> CliResult<Done> {
    require_approval(vault, &rotated(vault, name)?)?;
    Ok(Done::Planned)
}

/// The results in the order of the names.
fn reported(batch: &Batch<'_>, results: Vec<CliResult<Done>>) -> (RotationReport, Option<CliError>) {
    let (mut failed, mut waiting, mut report) = (None, None, RotationReport::default());
    for (name, result) in batch.names.iter().zip(results) {
        match result {
            Ok(Done::Rotated(rotated)) => report.rotated.push(rotated),
            Ok(Done::Planned) => report.planned.push(name.to_string()),
            Ok(Done::Running) => report.running.push(name.to_string()),
            Ok(Done::Elsewhere) => {}
            Err(error) => {
                let entry = Failed::new(name.to_string(), &error);
                if entry.waits { &mut waiting } else { &mut failed }.get_or_insert(error);
                report.failed.push(entry);
            }
        }
    }
    (report, failed.or(waiting))
}

fn rotate_one(
    name: &SecretName,
    batch: &Batch<'_>,
    hooks: &dyn Hooks,
    vault: &Vault<'_>,
    detail: &dyn Fn(String),
) -> CliResult<Done> {
    let secret = rotated(vault, name)?;
    // Checked before anything starts: what never ran needs no retry.
    require_approval(vault, &secret)?;
    let now = env::clock()();
    let progress = &mut |step| detail(format!("{name}: {step}"));
    let rotated = match batch.reason {
        Reason::Due => vault.rotate_due(name, hooks, now, progress),
        Reason::Named | Reason::Exposed => vault.rotate(name, batch.token, hooks, now, progress).map(Some),
    };
    match rotated {
        Ok(None) => Ok(Done::Elsewhere),
        Ok(Some(Rotated { version, attempts })) => {
            Ok(Done::Rotated(RotatedSecret { name: name.to_string(), version_id: version.to_string(), attempts }))
        }
        Err(Error::Rotating(_)) if batch.reason != Reason::Named => Ok(Done::Running),
        Err(error) => Err(error.into()),
    }
}

/// Runs `work` with hooks as child processes that a signal ends together with this process.
pub(super) fn with_hooks<T>(
    timeout: Duration,
    vault: &Vault<'static>,
    context: &mut Context,
    work: impl FnOnce(&Runner<'_>, &mut Context) -> T,
) -> CliResult<T> {
    let interrupt = Interrupt::default();
    let on_signal = interrupt.clone();
    let _guard = signal::before_end(move || on_signal.pass_on(rustix::process::Signal::TERM.as_raw()))?;
    let limits = Limits { time: timeout, ..Limits::default() };
    let clock = env::clock();
    let endpoints: Arc<dyn Endpoints> = Arc::new(FunctionEndpoints::new(privately(vault, context)?));
    let settings =
        Settings { surroundings: surroundings(), limits, interrupt, endpoints: Some(endpoints), ..Settings::default() };
    let runner = Runner { state: vault.state(), now: &clock, settings };
    Ok(work(&runner, context))
}

impl Report for RotationReport {
    fn text(&self, page: &mut Page) {
        for name in &self.planned {
            page.line(format!("{} would be rotated", page.paint(Meaning::Name, name)));
        }
        for rotated in &self.rotated {
            let name = page.paint(Meaning::Name, &rotated.name);
            let version = page.paint(Meaning::Version, &rotated.version_id);
            let attempts = if rotated.attempts > 1 { format!(", attempt {}", rotated.attempts) } else { String::new() };
            page.line(format!("{name} rotated, AWSCURRENT is {version}{attempts}"));
        }
        for name in &self.running {
            page.line(format!("{} is being rotated by another process", page.paint(Meaning::Name, name)));
        }
        for failed in &self.failed {
            let word = page.paint(Meaning::Warning, if failed.waits { "waiting" } else { "failed" });
            let message = page.paint(Meaning::Plain, &failed.message);
            page.line(format!("{word}: {message}"));
            for hint in &failed.hints {
                page.line(format!("  {}", page.paint(Meaning::Plain, hint)));
            }
        }
    }
}
