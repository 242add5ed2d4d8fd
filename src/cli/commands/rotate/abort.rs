//! `vault rotate abort`: an unfinished rotation ends without success.

use clap::Args;

use super::stopped;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
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

pub(super) fn run(args: &AbortArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let secret = vault.unfinished_rotation(&args.name)?;
    let is_valued = secret.rotating().is_ok_and(|pending| pending.content.is_some());
    let risk = if is_valued { " Its service may already have the new value." } else { "" };
    let text = format!("Abort the unfinished rotation of {}?{risk}", args.name);
    context.confirm_change(args.yes, Question::confirmation(&text), "the rotation stays unfinished")?;
    let kept = vault.abort_rotation(&args.name, context.now)?;
    vault.finish(context);
    if let Some(kept) = &kept {
        warn_of_value(&secret, kept, context);
    }
    let left = "its value is staged ABORTED until a rotation succeeds";
    stopped::report(&args.name, kept.as_ref(), "aborted", left, context)
}

/// Only the service knows whether `set` succeeded, so both options are shown.
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
