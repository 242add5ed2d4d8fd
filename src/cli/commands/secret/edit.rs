//! `vault secret edit`: a value in the user's editor.

use clap::Args;

use super::present::Present;
use super::{broken, stored};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::edit;
use crate::cli::input::value_input::check;
use crate::cli::session::Session;
use crate::cli::terminal::Question;
use crate::cli::terminal::editor::Edited;
use crate::engine::{Masks, NewValue};
use crate::model::name::SecretName;
use crate::model::sealed::Sealed;
use crate::model::secret::json::is_structured;
use crate::model::trust::Kind;
use crate::model::value::SecretValue;
use crate::model::value_form::ValueForm;

/// Edit a value in your editor
#[derive(Debug, Args)]
#[command(
    long_about = "Edit a value in your editor (`editor` in the local configuration, $VISUAL or $EDITOR).\n\n\
        The plaintext is in a private in-memory file while the editor runs. No version is created if the value is \
        unchanged or the editor fails. If somebody else has written a value in the meantime, nothing is overwritten. \
        If the value was a JSON object or array and no longer is, or lacks fields that it had, you are asked first.",
    after_help = "Examples:\n  EDITOR=vim vault secret edit prod/db\n  EDITOR='code --wait' vault secret edit prod/db"
)]
pub(crate) struct EditArgs {
    /// Name of the secret
    pub(crate) name: SecretName,
    /// Allow the plaintext on a disk if there is no in-memory file system
    #[arg(long)]
    pub(crate) allow_disk: bool,
    /// Do not ask for confirmation if the value is no longer JSON, or lacks fields that it had
    #[arg(short, long)]
    pub(crate) yes: bool,
}

pub(crate) fn edit(args: &EditArgs, vault: Session, context: &mut Context) -> CliResult<()> {
    let secret = vault.live_secret(&args.name)?;
    secret.require_primary().map_err(|error| broken(&args.name, error))?;
    let current = secret.select(None, None).map_err(|error| broken(&args.name, error))?;
    if current.content.as_ref().is_some_and(Sealed::is_binary) {
        return Err(CliError::usage(
            format!("`{}` is binary and cannot be edited as text", args.name),
            format!("`vault secret put {} --binary --file FILE` stores another value", args.name),
        ));
    }
    vault.require_storing(Kind::Secret, args.name.as_str(), None)?;
    let before = vault.reveal(&secret, current)?;
    let Edited::Changed(value) = edit::edit(&before, args.allow_disk)? else {
        vault.finish(context);
        context.ui.note("not changed, so no new version was added");
        return Ok(());
    };
    check(value.reveal(), ValueForm::Text)?;
    let present = Present { id: current.id(), value: before };
    confirm(args, &present, &value, context)?;
    let new = NewValue { value, binary: false, masks: Masks::Refuse };
    let put = vault.put_secret_value(&args.name, &new, None, None, Some(&present.id), context.now)?;
    vault.finish(context);
    stored::report(&args.name, Some(&put), "stored", context)
}

/// A value that stops being JSON breaks its readers, and is usually a mistake.
fn confirm(args: &EditArgs, present: &Present, after: &SecretValue, context: &mut Context) -> CliResult<()> {
    if args.yes || !is_structured(&present.value) || is_structured(after) {
        return present.confirm(after, args.name.as_str(), args.yes, context);
    }
    let text = format!("The value of {} was JSON and no longer is. Store it anyway?", args.name);
    let question = Question { text: &text, what: "a confirmation that the value need not be JSON", flag: "`--yes`" };
    context.confirm(question, "nothing was changed")
}
