//! The user at the terminal, for the rooms that find identities.

use zeroize::Zeroizing;

use super::prompt::{ATTEMPTS, PromptError, Prompter, Question};
use super::ui;
use crate::unlock::ask::{Ask, AskError};

/// Passes questions on to the terminal.
pub(crate) struct Terminal {
    pub(crate) prompter: Prompter,
    pub(crate) is_verbose: bool,
    /// `VLT_PASSPHRASE`: answers the first question for a passphrase, and every later one.
    pub(crate) passphrase: Option<Zeroizing<String>>,
}

impl Ask for Terminal {
    fn passphrase(&self, question: &str) -> Result<Zeroizing<String>, AskError> {
        if let Some(given) = &self.passphrase {
            return Ok(given.clone());
        }
        self.prompter.passphrase(asked(question)).map_err(refused)
    }

    fn tries(&self) -> usize {
        if self.passphrase.is_some() { 1 } else { ATTEMPTS }
    }

    fn confirm(&self, question: &str, yes: &str, no: Option<&str>) -> Result<bool, AskError> {
        let choice = format!("{question} (yes: {yes}, no: {})", no.unwrap_or("cancel"));
        self.prompter.confirm(asked(&choice), None).map_err(refused)
    }

    fn line(&self, question: &str) -> Result<String, AskError> {
        self.prompter.text(asked(question), None).map_err(refused)
    }

    fn message(&self, text: &str) {
        ui::print_fatal(&super::escape::line(text));
    }

    fn detail(&self, text: &str) {
        if self.is_verbose {
            self.message(text);
        }
    }

    fn interactive(&self) -> bool {
        self.prompter.terminal(asked("")).is_ok()
    }
}

fn asked(text: &str) -> Question<'_> {
    Question { text, what: "an answer", flag: "VLT_IDENTITY_FILE" }
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that `map_err` takes")]
fn refused(error: PromptError) -> AskError {
    match error {
        PromptError::InputNeeded { .. } => AskError::InputNeeded,
        PromptError::Terminal(_) => AskError::Terminal,
        _ => AskError::Cancelled,
    }
}
