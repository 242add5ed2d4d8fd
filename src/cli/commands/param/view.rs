//! What several commands about parameters share: picking a version, opening it, and showing a value on one line.

use zeroize::Zeroizing;

use crate::aws::parameter::Parameter as Shown;
use crate::aws::parameter_history::ParameterHistory;
use crate::cli::error::CliResult;
use crate::cli::report::date::Date;
use crate::cli::terminal::escape;
use crate::cli::terminal::page::Page;
use crate::cli::terminal::palette::Meaning;
use crate::engine::{Error, Vault};
use crate::model::parameter::{Parameter, Selector, Version};
use crate::model::value::SecretValue;

/// Opens the value that a selector names.
pub(super) fn read(parameter: &Parameter, selector: &Selector, vault: &Vault<'_>) -> CliResult<Shown<Date>> {
    let version = select(parameter, selector)?;
    Ok(Shown::of(parameter, version, selector, vault.reveal(parameter, version)?))
}

/// The version that a selector names.
pub(crate) fn select<'p>(parameter: &'p Parameter, selector: &Selector) -> CliResult<&'p Version> {
    let selected = parameter.select(selector);
    Ok(selected.map_err(|error| Error::Parameter { name: parameter.name.to_string(), error })?)
}

/// The value of a version, if requested.
pub(super) fn value_text(shown: &ParameterHistory<Date>) -> &str {
    shown.value.as_ref().and_then(SecretValue::reveal_text).unwrap_or_default()
}

/// `NAME<tab>VALUE`, the value with its control characters escaped so that it stays one line.
pub(super) fn line(shown: &Shown<Date>, page: &Page) -> Zeroizing<String> {
    let (name, value) = (page.paint(Meaning::Name, &shown.name), escape::value_line(shown.value.reveal()));
    let mut line = Zeroizing::new(String::with_capacity(name.len() + 1 + value.len()));
    for part in [name.as_str(), "\t", value.as_str()] {
        line.push_str(part);
    }
    line
}
