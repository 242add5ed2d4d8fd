//! Hints for the input of values and answers.

use super::advice::{Advice, UTF16, advice};
use crate::cli::exit::Exit;
use crate::cli::input::value_input::ValueInputError;
use crate::cli::terminal::prompt::PromptError;
use crate::model::value_form::ValueFormError;

pub(super) const MASK: &str = "give the real value; a text that only looks like this can be stored with `vault secret create NAME --binary --stdin`";

pub(crate) fn input(error: &ValueInputError) -> Advice {
    match error {
        ValueInputError::Prompt(error) => prompt(error),
        ValueInputError::OnCommandLine => advice("bad-input", Exit::Usage).hint(
            "omit the value to be prompted for it, or use `--stdin`, `--file FILE` or `--generate`; for plain text add \
             `--type String`",
        ),
        ValueInputError::Form(ValueFormError::Nul | ValueFormError::NotText) => advice("bad-input", Exit::Usage)
            .hint("store a binary value with `vault secret create NAME --binary --file FILE`"),
        ValueInputError::Form(ValueFormError::TooLarge(_)) => {
            advice("bad-input", Exit::Usage).hint("encrypt a large file with `age` for its own key, and store that key")
        }
        ValueInputError::Utf16 => advice("bad-input", Exit::Usage).hint(UTF16),
        ValueInputError::Mask => advice("bad-input", Exit::Usage).hint(MASK),
        ValueInputError::Read { .. } => advice("bad-input", Exit::Usage).hint("check the path"),
        _ => advice("bad-input", Exit::Usage),
    }
}

pub(crate) fn prompt(error: &PromptError) -> Advice {
    match error {
        PromptError::InputNeeded { flag, .. } => {
            advice("input-needed", Exit::Input).hint(format!("use {flag}, or run it on a terminal"))
        }
        _ => advice("no-answer", Exit::Other).hint("run the command again"),
    }
}
