//! The options that say where a value comes from, for every command that stores one.

use std::path::PathBuf;

use clap::Args;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::input::value_input::{FinalNewline, ValueOptions};
use crate::cli::terminal::Question;
use crate::inject::foreign::text::unmarked;
use crate::model::password::Spec;
use crate::model::value::SecretValue;
use crate::model::value_form::ValueForm;

/// Where the value comes from, unless it is prompted for. The command has an argument `value` beside it.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct Source {
    /// Read the value from standard input
    #[arg(long, conflicts_with = "value")]
    stdin: bool,
    /// Read the value from a file
    #[arg(long, value_name = "FILE", conflicts_with = "value", value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// Generate a random value: LENGTH, LENGTH:CLASS or CLASS (lower, upper, digits, punctuation, letters, alnum, ascii, hex,
    /// base64url, or uuid alone) [default: 32:alnum]
    #[arg(long, value_name = "SPEC", num_args = 0..=1, require_equals = true, default_missing_value = "32:alnum", conflicts_with = "value")]
    generate: Option<Spec>,
}

/// What a value is for, and how it is taken.
pub(crate) struct Wanted<'a> {
    /// The name that it is stored under.
    pub(crate) name: &'a str,
    /// A value on the command line, where it may stand there.
    pub(crate) argument: Option<Zeroizing<String>>,
    /// Text, or any bytes.
    pub(crate) form: ValueForm,
    /// What happens to a final line feed from stdin.
    pub(crate) newline: FinalNewline,
}

impl Source {
    /// Whether any of the options was given.
    pub(crate) fn is_given(&self) -> bool {
        self.stdin || self.file.is_some() || self.generate.is_some()
    }

    /// Whether the user is prompted for the value; `argument` is one on the command line.
    pub(crate) fn is_prompt(&self, argument: Option<&String>) -> bool {
        !self.is_given() && argument.is_none()
    }

    /// What to generate, if requested.
    pub(crate) fn generated(&self) -> Option<&Spec> {
        self.generate.as_ref()
    }

    /// Takes the value: generated, read, or prompted for without echo.
    pub(crate) fn take(&mut self, wanted: Wanted<'_>, context: &mut Context) -> CliResult<SecretValue> {
        if let Some(spec) = &self.generate {
            return Ok(spec.generate(&mut OsRng));
        }
        let text = format!("Value for {}", wanted.name);
        let what = format!("a value for `{}`", wanted.name);
        let question = Question { text: &text, what: &what, flag: "`--stdin`, `--file FILE` or `--generate`" };
        let given = ValueOptions { argument: wanted.argument, stdin: self.stdin, file: self.file.take() };
        let source = given.source()?;
        let taken = source.take(wanted.form, wanted.newline, context.prompter, question)?;
        if taken.dropped_newline {
            context.ui.note("the final newline was dropped; `--keep-newline` keeps it");
        }
        if taken.value.reveal_text().is_some_and(|text| unmarked(text).len() < text.len()) {
            context.ui.note("the value begins with a byte order mark, which is stored with it");
        }
        Ok(taken.value)
    }
}
