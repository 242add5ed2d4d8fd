//! Variables of `--required` that the vault does not provide: on a terminal, their values are asked for and stored.

use super::ExecArgs;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::value_input::check;
use crate::cli::terminal::Question;
use crate::engine::{Error, Put};
use crate::inject::environment::InjectError;
use crate::inject::variable::Variable;
use crate::model::name::{ParameterName, ParameterPath};
use crate::model::parameter::{ParameterType, PutRequest, TierRequest};
use crate::model::value_form::ValueForm;

/// The variables that a failure is about.
pub(super) fn missing(error: &CliError) -> Option<&[Variable]> {
    match error {
        CliError::BeforeExec(error) => missing(error),
        CliError::Inject(InjectError::Missing(variables)) => Some(variables),
        _ => None,
    }
}

/// Asks for each value, and stores it below the first path among the sources. Whether all of them are there now: not without a terminal
/// or a path, and not if the user leaves one out.
pub(super) fn provide(variables: &[Variable], args: &ExecArgs, context: &mut Context) -> CliResult<bool> {
    let path = args.sources.sources.iter().find_map(|source| source.parse::<ParameterPath>().ok());
    let (Some(path), true) = (path, context.prompter.is_attended() && !context.global.dry_run) else {
        return Ok(false);
    };
    for variable in variables {
        let name = format!("{}/{variable}", path.as_str().trim_end_matches('/')).parse().map_err(Error::from)?;
        let text = format!("{variable} is required and not in the vault. Store a value as {name}?");
        let question = Question { text: &text, what: "an answer", flag: "`vault param put`" };
        if !context.prompter.confirm(question, Some(true))? {
            return Ok(false);
        }
        store(name, context)?;
    }
    Ok(true)
}

fn store(name: ParameterName, context: &mut Context) -> CliResult<()> {
    let (text, what) = (format!("Value for {name}"), format!("a value for `{name}`"));
    let value = context.prompter.value(Question { text: &text, what: &what, flag: "`vault param put`" })?;
    check(value.reveal(), ValueForm::Text)?;
    let vault = context.open_vault()?;
    let (kind, tier) = (Some(ParameterType::SecureString), Some(TierRequest::Intelligent));
    let request = PutRequest { kind, tier, expected_version: Some(0), ..PutRequest::default() };
    let outcome = vault.put_parameter(&Put { name, value, request }, context.now)?;
    vault.finish(context);
    context.ui.note(format!("`{}` stored", outcome.name));
    Ok(())
}
