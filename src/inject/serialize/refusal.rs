//! Why a value cannot be written.

use crate::inject::variable::Variable;

/// Why a value cannot be written for a target. It has no part of the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {reason}")]
pub struct SerializeError {
    /// The variable.
    pub variable: Variable,
    /// What the target cannot take.
    pub reason: Refusal,
}

/// What a target cannot take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Bytes in a text format.
    #[error("the value is not UTF-8 text, and this format is")]
    NotText,
    /// A NUL byte.
    #[error("the value has a NUL byte, which no variable can hold")]
    Nul,
    /// A line break.
    #[error("the value has a line break, and this format has one line for each variable")]
    LineBreak,
    /// A control character.
    #[error("the value has control characters that the reader of this format drops")]
    Control,
    /// Quotes or backslashes that readers treat differently.
    #[error("the value has quotes or backslashes that the readers of dotenv files do not read alike")]
    Quotes,
    /// `${`.
    #[error("the value has `${{`, which some readers of dotenv files expand whatever the quotes are")]
    Expansion,
    /// A line that is too long.
    #[error("the value is longer than the reader's line")]
    TooLong,
    /// A name the reader treats in another way.
    #[error("the reader refuses or obeys a variable of this name")]
    Name,
}

/// Where the pieces of a text go.
pub(super) type Pieces<'a> = &'a mut dyn FnMut(&[u8]);
