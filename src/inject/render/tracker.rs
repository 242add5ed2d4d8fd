//! What knows how a value has to be written at some place of a format.

use zeroize::Zeroizing;

/// Why a value does not fit into its place. It has no part of the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Bytes in a text format.
    #[error("the value is not UTF-8 text")]
    NotText,
    /// Outside of a string only JSON can stand.
    #[error("the value is no JSON; put the reference in double quotes")]
    NotJson,
    /// In the middle of a plain scalar of YAML.
    #[error("the value needs quotes; put the whole YAML value in double quotes")]
    NeedsQuotes,
    /// In a single-quoted or folded scalar, or a comment.
    #[error("the value has line breaks or control characters; put the reference in double quotes or a `|` block")]
    NeedsEscapes,
}

/// Follows a format through the text of a template, and says what a value becomes at the place reached.
pub(super) trait Tracker {
    /// Goes over text that stays.
    fn text(&mut self, text: &str);
    /// What a value becomes here; `next` is the text that follows it.
    fn fit(&mut self, value: &str, next: &str) -> Result<Zeroizing<String>, Misfit>;
}
