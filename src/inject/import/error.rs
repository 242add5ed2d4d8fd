//! What is wrong with a whole file.

use super::sops::error::SopsError;
use crate::format::FormatError;
use crate::inject::dotenv::DotenvError;

/// What is wrong with a whole file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// A dotenv file.
    #[error(transparent)]
    Dotenv(#[from] DotenvError),
    /// A JSON file.
    #[error("line {line}: it is no JSON, or a key of an object occurs twice")]
    Json {
        /// The line, from 1.
        line: usize,
    },
    /// A YAML file.
    #[error("line {line}: it is no YAML of one document, or a key of a map occurs twice")]
    Yaml {
        /// The line, from 1; 0 where the parser does not know.
        line: usize,
    },
    /// Nested too deeply.
    #[error("line {line}: it is nested deeper than is read")]
    TooDeep {
        /// The line, from 1.
        line: usize,
    },
    /// More than is read.
    #[error("it has more in it than is read")]
    TooLarge,
    /// A list, or a single value.
    #[error("it holds no map of names and values")]
    NoMap,
    /// A line that says nothing in its format.
    #[error("line {line}: {fault}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        fault: &'static str,
    },
    /// JSON that is no answer of AWS with values in it.
    #[error("it is no output of `aws ssm` or `aws secretsmanager` that holds values")]
    NotAws,
    /// JSON that describes and holds no values.
    #[error("it describes parameters or secrets and holds none of their values")]
    DescriptionsOnly,
    /// A sops file.
    #[error(transparent)]
    Sops(#[from] SopsError),
}

impl From<FormatError> for ImportError {
    fn from(error: FormatError) -> Self {
        match error {
            FormatError::TooDeep { line } => ImportError::TooDeep { line },
            FormatError::Malformed { line } => ImportError::Yaml { line },
            _ => ImportError::TooLarge,
        }
    }
}

/// The same for a file of JSON.
pub(super) fn of_json(error: FormatError) -> ImportError {
    match ImportError::from(error) {
        ImportError::Yaml { line } => ImportError::Json { line },
        other => other,
    }
}
