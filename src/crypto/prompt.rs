//! Questions that an identity may ask: the passphrase of an SSH key, the requests of a hardware token.

use zeroize::Zeroizing;

/// How to prompt the user. `None` means that prompting is not possible or that the user declined, and is the answer to
/// every question that an implementation does not support.
///
/// Texts may come from a plugin, so the implementation must escape them.
pub trait Prompt: Send + Sync {
    /// Shows a text, such as "touch your key".
    fn message(&self, _text: &str) {}

    /// Asks for a choice between `yes` and `no`, the labels to show.
    fn confirm(&self, _text: &str, _yes: &str, _no: Option<&str>) -> Option<bool> {
        None
    }

    /// Asks for a line that is not secret.
    fn line(&self, _question: &str) -> Option<String> {
        None
    }

    /// Asks for a passphrase or PIN.
    fn passphrase(&self, _question: &str) -> Option<Zeroizing<String>> {
        None
    }
}

/// Prompting is not possible.
pub struct NoPrompt;

impl Prompt for NoPrompt {}
