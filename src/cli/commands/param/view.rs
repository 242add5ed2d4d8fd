//! What several commands about parameters share: picking a version, opening it, and showing a value on one line.

use zeroize::Zeroizing;

use crate::aws::parameter::Parameter as Shown;
use crate::aws::parameter_history::ParameterHistory;
use crate::cli::error::{CliError, CliResult};
use crate::cli::report::date::Date;
use crate::cli::terminal::escape;
use crate::cli::terminal::page::Page;
use crate::cli::terminal::palette::Meaning;
use crate::engine::{Error, Vault};
use crate::model::name::ParameterName;
use crate::model::parameter::{Filter, Parameter, ParameterError, Selector, Version};
use crate::model::value::SecretValue;

/// Opens the value that a selector names.
pub(super) fn read(parameter: &Parameter, selector: &Selector, vault: &Vault<'_>) -> CliResult<Shown<Date>> {
    let version = select(parameter, selector)?;
    Ok(Shown::of(parameter, version, selector, vault.reveal(parameter, version)?))
}

/// The version that a selector names.
pub(crate) fn select<'p>(parameter: &'p Parameter, selector: &Selector) -> CliResult<&'p Version> {
    parameter.select(selector).map_err(|error| broken(&parameter.name, error))
}

/// The error of a rule.
pub(super) fn broken(name: &ParameterName, error: ParameterError) -> CliError {
    CliError::Engine(Error::Parameter { name: name.to_string(), error })
}

/// Refuses two filters by one key.
pub(super) fn check_filters(filters: &[Filter]) -> CliResult<()> {
    Filter::check_distinct(filters).map_err(|error| {
        CliError::usage(error.to_string(), "the values of one filter are alternatives: `label=live,stable`")
    })
}

/// The value of a version, if requested.
pub(super) fn value_text(shown: &ParameterHistory<Date>) -> &str {
    shown.value.as_deref().and_then(SecretValue::reveal_text).unwrap_or_default()
}

/// `NAME<tab>VALUE`, the value with its control characters escaped so that it stays one line.
pub(super) fn line(shown: &Shown<Date>, page: &Page) -> Zeroizing<String> {
    let value = shown.value.as_deref().map_or(&[][..], SecretValue::reveal);
    let (name, value) = (page.paint(Meaning::Name, &shown.name), escape::value_line(value));
    let mut line = Zeroizing::new(String::with_capacity(name.len() + 1 + value.len()));
    for part in [name.as_str(), "\t", value.as_str()] {
        line.push_str(part);
    }
    line
}
