//! Questions that an identity may need answered: the passphrase of an SSH key, a hardware token's wishes.

use zeroize::Zeroizing;

/// How a person is asked. `None` means that nobody can be asked, or that they declined, and is the answer to every question
/// that an implementation does not expect.
///
/// Texts may come from a plugin: whoever shows them must escape them.
pub trait Prompt: Send + Sync {
    /// Shows a text, such as "touch your key".
    fn message(&self, _text: &str) {}

    /// Asks for a choice between `yes` and `no`, the labels to show.
    fn confirm(&self, _text: &str, _yes: &str, _no: Option<&str>) -> Option<bool> {
        None
    }

    /// Asks for a line that is no secret.
    fn line(&self, _question: &str) -> Option<String> {
        None
    }

    /// Asks for a passphrase or PIN.
    fn passphrase(&self, _question: &str) -> Option<Zeroizing<String>> {
        None
    }
}

/// Nobody to ask.
pub struct NoPrompt;

impl Prompt for NoPrompt {}
