//! Why a text is not read.

use std::fmt;

use serde::de;

/// Why a text is not read. It quotes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("unknown field")]
    UnknownField,
    #[error("malformed")]
    Malformed,
}

impl de::Error for Refusal {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Refusal::Malformed
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Refusal::UnknownField
    }
}

pub(super) type Read<T> = Result<T, Refusal>;
