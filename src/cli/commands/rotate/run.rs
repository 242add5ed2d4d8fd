//! `vault rotate run`: rotations now, by name or all that are due.

use clap::Args;

use super::limits::{Jobs, StepLimit};
use super::runner::{Batch, Reason, rotate_all};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::report::refused;
use crate::cli::session::Session;
use crate::cli::terminal::page::Format;
use crate::engine::{Checked, Refused};
use crate::model::name::SecretName;
use crate::model::secret::VersionId;

/// Rotate secrets now, or all that are due
#[derive(Debug, Args)]
#[command(
    long_about = "Rotate secrets now, or all that are due.\n\n\
        A rotation that was interrupted or failed resumes where it stopped: an existing new value is used, never \
        discarded. If one secret fails, the others are still rotated.",
    after_help = "Examples:\n  \
        vault rotate run prod/db\n  \
        vault rotate run --due          scheduled ones; for cron, see `vault tick`\n  \
        vault rotate run --exposed      values known to a removed member"
)]
pub(crate) struct RunArgs {
    /// Names of the secrets
    #[arg(required_unless_present_any = ["due", "exposed"])]
    names: Vec<SecretName>,
    /// All whose window has opened, and due retries
    #[arg(long, conflicts_with = "names")]
    due: bool,
    /// All with a value in use that a former reader knows
    #[arg(long, conflicts_with = "names")]
    exposed: bool,
    /// Id of the new version, 32 to 64 characters [default: a UUID]
    #[arg(long, conflicts_with_all = ["due", "exposed"])]
    token: Option<VersionId>,
    #[command(flatten)]
    jobs: Jobs,
    #[command(flatten)]
    limit: StepLimit,
}

pub(super) fn run(args: &RunArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let (reason, wanted) = match (args.due, args.exposed) {
        (true, _) => (Reason::Due, vault.rotations_due(context.now)?),
        (_, true) => (Reason::Exposed, vault.exposed_secrets()?),
        _ => (Reason::Named, Checked { found: args.names.clone(), ..Checked::default() }),
    };
    if wanted.found.is_empty() && wanted.refused.is_empty() {
        context.ui.note(if args.exposed {
            "no secret with a hook has a value that a former reader knows; `vault list --must-rotate` shows the others"
        } else {
            "nothing is due"
        });
    }
    let (token, timeout, jobs) = (args.token.as_ref(), args.limit.duration(), args.jobs.count());
    let batch = Batch { names: &wanted.found, token, reason, timeout, jobs };
    finish(&batch, wanted.refused, vault, context)
}

/// If a single secret fails, the command fails with its error; for several, the report shows which.
pub(super) fn finish(batch: &Batch<'_>, refused: Vec<Refused>, vault: Session, context: &mut Context) -> CliResult<()> {
    let (report, failure) = rotate_all(batch, &vault, context)?;
    let is_known = matches!(batch.reason, Reason::Exposed)
        && !context.global.dry_run
        && vault.exposed_secrets().is_ok_and(|exposed| exposed.found.iter().any(|name| batch.names.contains(name)));
    vault.finish(context);
    match failure {
        Some(error) if batch.names.len() == 1 && refused.is_empty() && context.ui.settings().format == Format::Text => {
            Err(error)
        }
        failure => {
            context.ui.report(&report)?;
            refused::outcome(refused)?;
            failure.map_or(Ok(()), |error| Err(CliError::Reported(error.exit())))?;
            if is_known {
                context.ui.next(
                    "two users take turns, so the previous login still works: once all programs have the new value, run \
                     `vault rotate run --exposed` again",
                );
            }
            Ok(())
        }
    }
}
