//! The value of a secret, from the source given on the command line.

use clap::Args;
use rand::rngs::OsRng;
use zeroize::Zeroize;

use super::broken;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::value_input::{FinalNewline, ValueInputError};
use crate::cli::input::value_source::{Source, Wanted};
use crate::engine::NewValue;
use crate::model::name::SecretName;
use crate::model::secret::json;
use crate::model::value::SecretValue;
use crate::model::value_form::ValueForm;

/// Where the value of a secret comes from.
#[derive(Debug, Args)]
pub(super) struct ValueArgs {
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
    /// Store a JSON object with a random value under KEY; --generate=SPEC sets its kind
    #[arg(long, value_name = "KEY", conflicts_with_all = ["stdin", "file", "binary", "value"])]
    generate_into: Option<String>,
    /// The other fields of that object, such as '{"username":"app"}'; nothing secret
    #[arg(long, value_name = "JSON", requires = "generate_into", default_value = "{}", hide_default_value = true)]
    template: String,
}

impl ValueArgs {
    /// Refuses a value given as an argument; it is not repeated.
    pub(super) fn refuse_argument(&mut self) -> CliResult<()> {
        if self.value.is_empty() {
            return Ok(());
        }
        self.value.zeroize();
        Err(CliError::Usage {
            message: ValueInputError::OnCommandLine.to_string(),
            hint: "omit the value to be prompted for it, or use `--stdin`, `--file FILE` or `--generate`".into(),
        })
    }

    /// Whether any option for the value was given.
    pub(super) fn is_given(&self) -> bool {
        self.source.is_given() || self.generate_into.is_some() || self.binary
    }

    /// Takes the value; without an option it is prompted for.
    pub(super) fn take(&mut self, name: &SecretName, context: &mut Context) -> CliResult<NewValue> {
        let value = match &self.generate_into {
            Some(key) => self.generated_into(key, name)?,
            None => self.source.take(self.wanted(name), context)?,
        };
        Ok(NewValue { value, binary: self.binary })
    }

    fn wanted<'a>(&self, name: &'a SecretName) -> Wanted<'a> {
        Wanted {
            name: name.as_str(),
            argument: None,
            form: if self.binary { ValueForm::Binary } else { ValueForm::Text },
            newline: if self.keep_newline || self.binary { FinalNewline::Keep } else { FinalNewline::Drop },
        }
    }

    fn generated_into(&self, key: &str, name: &SecretName) -> CliResult<SecretValue> {
        let spec = self.source.generated().cloned().unwrap_or_default();
        let generated = spec.generate(&mut OsRng);
        json::with_member(&self.template, key, &generated).map_err(|error| broken(name, error))
    }
}
