//! `vault param edit`: a value in the user's editor.

use clap::Args;

use super::edit_path::{Sure, edit_path};
use super::put::PutReport;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::git::unsealed::require_type_kept;
use crate::cli::input::edit;
use crate::cli::input::value_input::check;
use crate::cli::session::Session;
use crate::cli::terminal::editor::Edited;
use crate::engine::Put;
use crate::model::name::{ParameterName, ParameterPath};
use crate::model::parameter::{Overwrite, Parameter, PutRequest};
use crate::model::value_form::ValueForm;

/// Edit a value in your editor
#[derive(Debug, Args)]
#[command(
    long_about = "Edit a value in your editor (`editor` in the local configuration, $VISUAL or $EDITOR).\n\n\
    The plaintext is in a private in-memory file while the editor runs. No version is created if the value is \
    unchanged or the editor fails. If somebody else has written a value in the meantime, nothing is overwritten.\n\n\
    With --path all parameters below a path are one YAML document. What was changed and added is shown, by name, and \
    stored after you confirm it, all at once; a removed line deletes nothing unless you confirm that too.",
    after_help = "Examples:\n  vault param edit /app/prod/db/password\n  vault param edit --path /app/prod"
)]
pub(crate) struct EditArgs {
    /// Name of the parameter
    #[arg(required_unless_present = "path")]
    pub(crate) name: Option<ParameterName>,
    /// Edit all parameters below this path, as one document
    #[arg(long, conflicts_with = "name")]
    path: Option<ParameterPath>,
    /// Allow the plaintext on a disk if there is no in-memory file system
    #[arg(long)]
    allow_disk: bool,
    #[command(flatten)]
    sure: Sure,
}

pub(super) fn run(args: &EditArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    if let Some(name) = &args.name {
        return edit(name, args.allow_disk, vault, context);
    }
    let path = args.path.clone().unwrap_or_else(ParameterPath::root);
    edit_path(&path, args.allow_disk, args.sure, vault, context)
}

/// One parameter.
pub(crate) fn edit(name: &ParameterName, allow_disk: bool, vault: Session, context: &mut Context) -> CliResult<()> {
    let parameter = vault.parameter(name, context.now)?;
    let Some(latest) = parameter.latest() else { return Err(vault.not_found::<Parameter>(name.as_str()).into()) };
    require_type_kept(&vault, &parameter)?;
    let expected_version = Some(latest.number);
    let request = PutRequest { overwrite: Overwrite::Replace, expected_version, ..PutRequest::default() };
    vault.require_put(name, &request, Some(&parameter))?;
    let value = vault.reveal(&parameter, latest)?;
    let Edited::Changed(value) = edit::edit(&value, allow_disk)? else {
        vault.finish(context);
        context.ui.note("not changed, so no new version was added");
        return Ok(());
    };
    check(value.reveal(), ValueForm::Text)?;
    let outcome = vault.put_parameter(&Put { name: name.clone(), value, request }, context.now)?;
    vault.finish(context);
    Ok(context.ui.report(&PutReport::from(&outcome))?)
}
