//! Questions to the user, answered by the caller of this room.

use std::sync::{Arc, Mutex};

use zeroize::Zeroizing;

use crate::crypto::prompt::Prompt;

/// Something that can prompt: a terminal, or a refusal if there is none.
///
/// It is shared because a plugin may ask long after the identity was found. Texts may come from a plugin, so the
/// implementation must escape them.
pub trait Ask: Send + Sync {
    /// A passphrase or PIN, such as for "Passphrase for identity file `/home/alice/id.age`".
    fn passphrase(&self, question: &str) -> Result<Zeroizing<String>, AskError>;
    /// How often a wrong passphrase may be typed. One that is not typed stays wrong.
    fn tries(&self) -> usize {
        1
    }
    /// A choice between `yes` and `no`, the labels to show. An implementation that knows only a passphrase has no
    /// answer.
    fn confirm(&self, _question: &str, _yes: &str, _no: Option<&str>) -> Result<bool, AskError> {
        Err(AskError::InputNeeded)
    }
    /// A line that is not secret. An implementation that knows only a passphrase has none.
    fn line(&self, _question: &str) -> Result<String, AskError> {
        Err(AskError::InputNeeded)
    }
    /// Shows a text, such as "touch your key".
    fn message(&self, _text: &str) {}
    /// Reports details that are only interesting for finding the cause of a problem.
    fn detail(&self, _text: &str) {}
    /// Whether a user is present. This determines how long to wait for a keyring, which may show its own prompt.
    fn interactive(&self) -> bool;
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// Prompts are switched off, or there is no terminal.
    #[error("a passphrase is needed and nobody can be asked")]
    InputNeeded,
    /// The user cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The terminal failed.
    #[error("the terminal cannot be read")]
    Terminal,
}

/// Forwards the questions of the crypto room, and remembers why one got no answer.
#[derive(Clone)]
pub(super) struct Relay {
    ask: Arc<dyn Ask>,
    refusal: Arc<Mutex<Option<AskError>>>,
}

impl Relay {
    pub(super) fn new(ask: &Arc<dyn Ask>) -> Self {
        Relay { ask: Arc::clone(ask), refusal: Arc::default() }
    }

    /// Why the last question got no answer, if one did not.
    pub(super) fn refusal(&self) -> Option<AskError> {
        *self.refusal.lock().ok()?
    }

    fn noted<T>(&self, answer: Result<T, AskError>) -> Option<T> {
        answer.map_err(|error| self.refusal.lock().map(|mut refusal| *refusal = Some(error))).ok()
    }
}

impl Prompt for Relay {
    fn message(&self, text: &str) {
        self.ask.message(text);
    }

    fn confirm(&self, text: &str, yes: &str, no: Option<&str>) -> Option<bool> {
        self.noted(self.ask.confirm(text, yes, no))
    }

    fn line(&self, question: &str) -> Option<String> {
        self.noted(self.ask.line(question))
    }

    fn passphrase(&self, question: &str) -> Option<Zeroizing<String>> {
        self.noted(self.ask.passphrase(question))
    }
}

#[cfg(test)]
pub(crate) mod double {
    use super::*;

    /// Gives one answer to every question, or one after another, and remembers the questions.
    pub(crate) struct Answers {
        answer: Result<&'static str, AskError>,
        before: Mutex<Vec<&'static str>>,
        tries: usize,
        pub(crate) asked: Mutex<Vec<String>>,
    }

    impl Answers {
        pub(crate) fn with(passphrase: &'static str) -> Arc<Self> {
            Self::typing(&[], passphrase, 1)
        }

        /// Somebody who types other passphrases first.
        pub(crate) fn typing(before: &[&'static str], last: &'static str, tries: usize) -> Arc<Self> {
            let before = Mutex::new(before.iter().rev().copied().collect());
            Arc::new(Answers { answer: Ok(last), before, tries, asked: Mutex::default() })
        }

        pub(crate) fn nobody() -> Arc<Self> {
            let answer = Err(AskError::InputNeeded);
            Arc::new(Answers { answer, before: Mutex::default(), tries: 1, asked: Mutex::default() })
        }
    }

    impl Ask for Answers {
        fn passphrase(&self, question: &str) -> Result<Zeroizing<String>, AskError> {
            self.asked.lock().unwrap().push(question.to_owned());
            let answer = self.before.lock().unwrap().pop().map_or(self.answer, Ok);
            answer.map(|answer| Zeroizing::new(answer.to_owned()))
        }

        fn tries(&self) -> usize {
            self.tries
        }

        fn interactive(&self) -> bool {
            self.answer.is_ok()
        }
    }
}
