//! The present value of a secret, beside a new one.

use super::broken;
use super::value::ValueArgs;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::report::count::Count;
use crate::cli::report::list::List;
use crate::cli::terminal::Question;
use crate::cli::terminal::prompt::PromptError;
use crate::engine::{NewValue, Vault};
use crate::model::secret::{Secret, VersionId, json};
use crate::model::value::SecretValue;

/// The version that is current, and its value.
pub(super) struct Present {
    pub(super) id: VersionId,
    pub(super) value: SecretValue,
}

/// Takes a new value, and says which fields of the present one it lacks. Made from the present one, it is stored only on top of that version.
pub(super) fn new_value(
    args: &mut ValueArgs,
    secret: &Secret,
    is_sure: bool,
    vault: &Vault<'_>,
    context: &mut Context,
) -> CliResult<(NewValue, Option<VersionId>)> {
    secret.require_primary().map_err(|error| broken(&secret.name, error))?;
    let extends = args.extends_present();
    let present = Present::read(secret, args, vault)?;
    let new = args.take(&secret.name, present.as_ref().map(|present| &present.value), context)?;
    let Some(present) = present else { return Ok((new, None)) };
    present.confirm(&new.value, secret.name.as_str(), is_sure, context)?;
    Ok((new, extends.then_some(present.id)))
}

impl Present {
    /// Reads it. Who may only write replaces a value that they cannot read, but adds nothing to it.
    fn read(secret: &Secret, wanted: &ValueArgs, vault: &Vault<'_>) -> CliResult<Option<Self>> {
        let Ok(current) = secret.select(None, None) else { return Ok(None) };
        match vault.reveal(secret, current) {
            Ok(value) => Ok(Some(Present { id: current.id(), value })),
            Err(error) if wanted.extends_present() => Err(error.into()),
            Err(_) => Ok(None),
        }
    }

    /// Says which fields a new value lacks, and asks on a terminal. Elsewhere a script has decided.
    pub(super) fn confirm(
        &self,
        after: &SecretValue,
        name: &str,
        is_sure: bool,
        context: &mut Context,
    ) -> CliResult<()> {
        let dropped = json::dropped(&self.value, after);
        if dropped.is_empty() {
            return Ok(());
        }
        let fields = Count::of(dropped.len(), "field");
        context
            .ui
            .warning(format!("the new value of `{name}` lacks {fields} of the present one: {}", List::and(dropped)));
        if is_sure || context.global.dry_run {
            return Ok(());
        }
        let question = Question { text: "Store it anyway?", what: "a confirmation", flag: "`--yes`" };
        match context.prompter.confirm(question, Some(false)) {
            Ok(true) | Err(PromptError::InputNeeded { .. }) => Ok(()),
            Ok(false) => Err(CliError::Declined("nothing was changed")),
            Err(error) => Err(error.into()),
        }
    }
}
