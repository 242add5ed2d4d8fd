//! `vault rotate abort` and `cancel`.

use clap::Args;
use serde::Serialize;

use crate::aws::rotate_secret::RotateSecret;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::prompt::Question;
use crate::model::name::SecretName;
use crate::model::secret::{Secret, Stage, VersionId};

/// Abort an unfinished rotation; its new value stays readable as ABORTED
#[derive(Debug, Args)]
#[command(
    long_about = "Abort an unfinished rotation. AWSCURRENT stays where it is.\n\n\
        If a new value was created, the service may have it already, and may no longer accept the current one. That \
        value keeps the stage ABORTED, an older one ABORTED-2 and so on, until a rotation succeeds. `vault secret \
        get NAME --stage ABORTED` shows it, and the next `vault rotate run` also tries it.",
    after_help = "Example:\n  vault rotate abort prod/db"
)]
pub(crate) struct AbortArgs {
    /// Name of the secret
    name: SecretName,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

/// Stop rotating a secret until it is configured again
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  vault rotate cancel prod/db")]
pub(crate) struct CancelArgs {
    /// Name of the secret
    name: SecretName,
}

#[derive(Serialize)]
struct StopReport {
    #[serde(flatten)]
    stopped: RotateSecret,
    #[serde(skip)]
    verb: &'static str,
    #[serde(skip)]
    left: &'static str,
}

pub(super) fn abort(args: &AbortArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let secret = vault.unfinished_rotation(&args.name)?;
    if !args.yes && !context.global.dry_run {
        let is_valued = secret.rotating().is_ok_and(|pending| pending.content.is_some());
        let risk = if is_valued { " Its service may already have the new value." } else { "" };
        let text = format!("Abort the unfinished rotation of {}?{risk}", args.name);
        let question = Question { text: &text, what: "a confirmation", flag: "`--yes`" };
        context.confirm(question, "the rotation stays unfinished")?;
    }
    let kept = vault.abort_rotation(&args.name, context.now)?;
    vault.finish(context);
    if let Some(kept) = &kept {
        warn_of_value(&secret, kept, context);
    }
    report(&args.name, kept.as_ref(), "aborted", "its value is staged ABORTED until a rotation succeeds", context)
}

/// Nobody but the service knows whether `set` came through, so both ways on are named.
fn warn_of_value(secret: &Secret, kept: &VersionId, context: &mut Context) {
    let name = &secret.name;
    let current = secret.staged(&Stage::current()).map(|version| version.id().to_string()).unwrap_or_default();
    context.ui.warning(format!(
        "the service of {name} may already have the new value and no longer accept AWSCURRENT: try both (`vault secret get \
         {name} --stage ABORTED`)"
    ));
    context.ui.note(format!(
        "if it is the new one: `vault secret stage {name} AWSCURRENT --from {current} --to {kept}`; `vault rotate run {name}` tries \
         both as well"
    ));
}

pub(super) fn cancel(args: &CancelArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let left = vault.cancel_rotation(&args.name, context.now)?;
    vault.finish(context);
    report(&args.name, left.as_ref(), "cancelled", "an unfinished rotation stays as AWSPENDING", context)
}

fn report(
    name: &SecretName,
    version: Option<&VersionId>,
    verb: &'static str,
    left: &'static str,
    context: &mut Context,
) -> CliResult<()> {
    let stopped = RotateSecret::of(name, version);
    Ok(context.ui.report(&StopReport { stopped, verb, left })?)
}

impl Report for StopReport {
    fn text(&self, page: &mut Page) {
        let name = page.paint(Meaning::Name, &self.stopped.name);
        page.line(format!("rotation of {name} {}", self.verb));
        if let Some(version) = &self.stopped.version_id {
            let version = page.paint(Meaning::Version, version);
            page.line(format!("version {version}: {}", self.left));
        }
    }
}
