//! `vault rotate abort` and `cancel`.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::palette::Meaning;
use crate::cli::prompt::Question;
use crate::cli::report::{Page, Report};
use crate::model::name::SecretName;
use crate::model::secret::VersionId;

/// Give an unfinished rotation up
#[derive(Debug, Args)]
#[command(
    long_about = "Give an unfinished rotation up. AWSCURRENT stays where it is.\n\n\
        If the hook had set the new value already, the service takes that one now and no longer the current one. The value \
        stays readable: `vault secret get NAME --stage ABORTED`.",
    after_help = "Example:\n  vault rotate abort prod/db"
)]
pub(in crate::cli) struct AbortArgs {
    /// Name of the secret
    name: SecretName,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Stop rotating a secret until it is configured again
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  vault rotate cancel prod/db")]
pub(in crate::cli) struct CancelArgs {
    /// Name of the secret
    name: SecretName,
}

#[derive(Serialize)]
struct StopReport {
    #[serde(rename = "Name")]
    name: String,
    /// A version that the rotation leaves behind.
    #[serde(rename = "VersionId", skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip)]
    verb: &'static str,
    #[serde(skip)]
    left: &'static str,
}

pub(super) fn abort(args: &AbortArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    vault.live_secret(&args.name)?;
    if !args.yes && !context.global.dry_run {
        let text = format!("Give up the unfinished rotation of {}?", args.name);
        let question = Question { text: &text, what: "a confirmation", flag: "`--yes`" };
        if !context.prompter.confirm(question, Some(false))? {
            return Err(CliError::Declined("the rotation stays unfinished"));
        }
    }
    let kept = vault.abort_rotation(&args.name, context.now)?;
    context.finish(&vault);
    report(&args.name, kept, "given up", "its value stays readable with `--stage ABORTED`", context)
}

pub(super) fn cancel(args: &CancelArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let left = vault.cancel_rotation(&args.name, context.now)?;
    context.finish(&vault);
    report(&args.name, left, "cancelled", "an unfinished rotation stays as AWSPENDING", context)
}

fn report(
    name: &SecretName,
    version: Option<VersionId>,
    verb: &'static str,
    left: &'static str,
    context: &mut Context,
) -> CliResult<()> {
    let version = version.map(|version| version.to_string());
    context.ui.report(&StopReport { name: name.to_string(), version, verb, left })?;
    Ok(())
}

impl Report for StopReport {
    fn text(&self, page: &mut Page) {
        let name = page.paint(Meaning::Name, &self.name);
        page.line(format!("rotation of {name} {}", self.verb));
        if let Some(version) = &self.version {
            let version = page.paint(Meaning::Version, version);
            page.line(format!("version {version}: {}", self.left));
        }
    }
}
