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
    #[error("line {line}: it is not valid JSON, or an object has a duplicate key")]
    Json {
        /// The line, from 1.
        line: usize,
    },
    /// A YAML file.
    #[error("{}it is not valid YAML, or a map has a duplicate key", place(*.line))]
    Yaml {
        /// The line, from 1; 0 where the parser does not know.
        line: usize,
    },
    /// A YAML file of several documents.
    #[error("line {line}: a second document begins; import them one by one")]
    SecondDocument {
        /// The line, from 1.
        line: usize,
    },
    /// Nested too deeply.
    #[error("line {line}: it is nested too deeply")]
    TooDeep {
        /// The line, from 1.
        line: usize,
    },
    /// Too many entries.
    #[error("it has too many entries")]
    TooLarge,
    /// A list, or a single value.
    #[error("it contains no map of names and values")]
    NoMap,
    /// A line that is not valid in its format.
    #[error("line {line}: {fault}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        fault: &'static str,
    },
    /// JSON that is not an AWS answer with values.
    #[error("it is not an output of `aws ssm` or `aws secretsmanager` with values")]
    NotAws,
    /// JSON that has descriptions but no values.
    #[error("it describes parameters or secrets but contains none of their values")]
    DescriptionsOnly,
    /// A sops file.
    #[error(transparent)]
    Sops(#[from] SopsError),
}

/// The line, where the parser knows it.
fn place(line: usize) -> String {
    if line > 0 { format!("line {line}: ") } else { String::new() }
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
