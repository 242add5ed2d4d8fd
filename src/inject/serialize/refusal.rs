//! Why a value cannot be written.

use crate::inject::variable::Variable;

/// Why a value cannot be written for a target. It contains no part of the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {reason}")]
pub struct SerializeError {
    /// The variable.
    pub variable: Variable,
    /// What the target does not support.
    pub reason: Refusal,
}

/// What a target does not support.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Bytes in a text format.
    #[error("the value is not UTF-8 text, which this format requires")]
    NotText,
    /// A NUL byte.
    #[error("the value has a NUL byte, which no variable can hold")]
    Nul,
    /// A line break.
    #[error("the value has a line break, and this format has one line per variable")]
    LineBreak,
    /// A control character.
    #[error("the value has control characters that the reader of this format drops")]
    Control,
    /// Quotes or backslashes that readers treat differently.
    #[error("the value has quotes or backslashes that readers of dotenv files interpret differently")]
    Quotes,
    /// `${`.
    #[error("the value has `${{`, which some readers of dotenv files expand even inside quotes")]
    Expansion,
    /// A line that is too long.
    #[error("the value is longer than the reader's maximum line")]
    TooLong,
    /// A name with a special meaning to the reader.
    #[error("this variable name has a special meaning to the reader")]
    Name,
}
