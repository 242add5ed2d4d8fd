//! Tracks how a value must be written at each position of a format.

use zeroize::Zeroizing;

/// Why a value does not fit at its position. It contains no part of the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Bytes in a text format.
    #[error("the value is not UTF-8 text")]
    NotText,
    /// Outside a string only JSON is allowed.
    #[error("the value is not valid JSON; put the reference in double quotes")]
    NotJson,
    /// In the middle of a plain scalar of YAML.
    #[error("the value needs quotes; put the whole YAML value in double quotes")]
    NeedsQuotes,
    /// In a single-quoted or folded scalar, or a comment.
    #[error("the value has line breaks or control characters; put the reference in double quotes or a `|` block")]
    NeedsEscapes,
}

/// Follows a format through the text of a template, and says how a value is written at the current position.
pub(super) trait Tracker {
    /// Advances over literal text.
    fn text(&mut self, text: &str);
    /// How a value is written here; `next` is the text that follows it.
    fn fit(&mut self, value: &str, next: &str) -> Result<Zeroizing<String>, Mismatch>;
}
