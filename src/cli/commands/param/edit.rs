//! `vault param edit`: a value in the user's editor.

use clap::Args;

use super::put::PutReport;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::git::unsealed::require_type_kept;
use crate::cli::input::edit;
use crate::cli::input::value_input::check;
use crate::cli::session::Session;
use crate::cli::terminal::editor::Edited;
use crate::engine::Put;
use crate::model::name::ParameterName;
use crate::model::parameter::{Overwrite, Parameter, PutRequest};
use crate::model::value_form::ValueForm;

/// Edit a value in your editor
#[derive(Debug, Args)]
#[command(long_about = "Edit a value in your editor (`editor` in the local configuration, $VISUAL or $EDITOR).\n\n\
    The plaintext is in a private in-memory file while the editor runs. No version is created if the value is \
    unchanged or the editor fails. If somebody else has written a value in the meantime, nothing is overwritten.")]
pub(crate) struct EditArgs {
    /// Name of the parameter
    pub(crate) name: ParameterName,
    /// Allow the plaintext on a disk if there is no in-memory file system
    #[arg(long)]
    pub(crate) allow_disk: bool,
}

pub(super) fn run(args: &EditArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    edit(args, vault, context)
}

/// The same with an open vault.
pub(crate) fn edit(args: &EditArgs, vault: Session, context: &mut Context) -> CliResult<()> {
    let parameter = vault.parameter(&args.name, context.now)?;
    let Some(latest) = parameter.latest() else { return Err(vault.not_found::<Parameter>(args.name.as_str()).into()) };
    require_type_kept(&vault, &parameter)?;
    let expected_version = Some(latest.number);
    let request = PutRequest { overwrite: Overwrite::Replace, expected_version, ..PutRequest::default() };
    vault.require_put(&args.name, &request, Some(&parameter))?;
    let value = vault.reveal(&parameter, latest)?;
    let Edited::Changed(value) = edit::edit(&value, args.allow_disk)? else {
        vault.finish(context);
        context.ui.note("not changed, so no new version was added");
        return Ok(());
    };
    check(value.reveal(), ValueForm::Text)?;
    let outcome = vault.put_parameter(&Put { name: args.name.clone(), value, request }, context.now)?;
    vault.finish(context);
    context.ui.report(&PutReport::new(&outcome, context.global.dry_run))?;
    Ok(())
}
