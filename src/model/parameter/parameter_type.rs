//! Types of parameters.

use crate::model::written::words;

words! {
    /// The three types of a parameter, in the words of AWS and of documents.
    pub enum ParameterType, ParameterTypeError {
        /// Plain text.
        String = "String",
        /// Plain text, items separated by commas.
        StringList = "StringList",
        /// Encrypted text.
        SecureString = "SecureString",
    }
}

/// A text that is not a parameter type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a parameter type must be String, StringList or SecureString")]
pub struct ParameterTypeError;
