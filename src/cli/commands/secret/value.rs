//! The value of a secret, from the source given on the command line.

use clap::Args;
use rand::rngs::OsRng;
use zeroize::Zeroize;

use super::broken;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::value_input::{FinalNewline, ValueInputError};
use crate::cli::input::value_source::{Source, Wanted};
use crate::engine::{Masks, NewValue};
use crate::model::name::SecretName;
use crate::model::secret::{SecretError, json};
use crate::model::value::SecretValue;
use crate::model::value_form::ValueForm;

/// Where the value of a secret comes from.
#[derive(Debug, Args)]
pub(crate) struct ValueArgs {
    /// Always refused: other programs and the shell's history see the command line
    #[arg(hide = true, allow_hyphen_values = true, num_args = 0..)]
    value: Vec<String>,
    #[command(flatten)]
    source: Source,
    /// Keep the final newline of a one-line text from standard input
    #[arg(long, requires = "stdin")]
    keep_newline: bool,
    /// Store any bytes, not text
    #[arg(long, conflicts_with = "generate")]
    binary: bool,
    /// Store the value as one field of the JSON value and keep the others: a top-level key, or a JSON pointer
    #[arg(short = 'k', long, value_name = "KEY", conflicts_with_all = ["binary", "value"])]
    json_key: Option<String>,
    /// Store a random value as that field; --generate=SPEC sets its kind
    #[arg(long, value_name = "KEY", conflicts_with_all = ["stdin", "file", "binary", "value", "json_key"])]
    generate_into: Option<String>,
    /// With --generate-into: the other fields, such as '{"username":"app"}', in place of the present ones; nothing secret
    #[arg(long, value_name = "JSON", requires = "generate_into")]
    template: Option<String>,
}

impl ValueArgs {
    /// The value from a source that another command has read.
    pub(crate) fn of(source: Source, keep_newline: bool, json_key: Option<String>) -> Self {
        let (binary, generate_into, template) = (false, None, None);
        ValueArgs { value: Vec::new(), source, keep_newline, binary, json_key, generate_into, template }
    }

    /// Refuses a value given as an argument; it is not repeated.
    pub(super) fn refuse_argument(&mut self) -> CliResult<()> {
        if self.value.is_empty() {
            return Ok(());
        }
        self.value.zeroize();
        Err(on_command_line())
    }

    /// Whether any option for the value was given.
    pub(super) fn is_given(&self) -> bool {
        self.source.is_given() || self.json_key.is_some() || self.generate_into.is_some() || self.binary
    }

    /// Whether the user is prompted for the value.
    pub(super) fn is_prompt(&self) -> bool {
        self.generate_into.is_none() && self.source.is_prompt(None)
    }

    /// Whether the value is made from the present one.
    pub(super) fn extends_present(&self) -> bool {
        self.json_key.is_some() || (self.generate_into.is_some() && self.template.is_none())
    }

    /// Takes the value; without an option it is prompted for. `present` is the value whose other fields are kept.
    pub(super) fn take(
        &mut self,
        name: &SecretName,
        present: Option<&SecretValue>,
        context: &mut Context,
    ) -> CliResult<NewValue> {
        let value = match (self.json_key.clone(), self.generate_into.take()) {
            (Some(key), _) => {
                let member = self.source.take(self.wanted(&format!("{key} of {name}")), context)?;
                with_member(present, &key, &member).map_err(|error| broken(name, error))?
            }
            (None, Some(key)) => self.generated_into(&key, present).map_err(|error| broken(name, error))?,
            (None, None) => self.source.take(self.wanted(name.as_str()), context)?,
        };
        Ok(NewValue { value, binary: self.binary, masks: Masks::Refuse })
    }

    fn wanted<'a>(&self, name: &'a str) -> Wanted<'a> {
        Wanted {
            name,
            argument: None,
            form: if self.binary { ValueForm::Binary } else { ValueForm::Text },
            newline: if self.keep_newline || self.binary { FinalNewline::Keep } else { FinalNewline::Drop },
        }
    }

    fn generated_into(&self, key: &str, present: Option<&SecretValue>) -> Result<SecretValue, SecretError> {
        let generated = self.source.generated().cloned().unwrap_or_default().generate(&mut OsRng);
        match &self.template {
            Some(template) => json::with_member(template, key, &generated),
            None => with_member(present, key, &generated),
        }
    }
}

/// The error for a value given as an argument.
pub(crate) fn on_command_line() -> CliError {
    CliError::usage(
        ValueInputError::OnCommandLine.to_string(),
        "omit the value to be prompted for it, or use `--stdin`, `--file FILE` or `--generate`",
    )
}

/// The present value, or an empty object, with that field.
fn with_member(present: Option<&SecretValue>, key: &str, member: &SecretValue) -> Result<SecretValue, SecretError> {
    match present {
        Some(present) => json::replace_member(present, key, member),
        None => json::with_member("{}", key, member),
    }
}
