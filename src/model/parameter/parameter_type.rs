//! Types of parameters.

/// The three types of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterType {
    /// Plain text.
    String,
    /// Plain text, items separated by commas.
    StringList,
    /// Encrypted text.
    SecureString,
}

impl ParameterType {
    /// The word that AWS and documents use.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            ParameterType::String => "String",
            ParameterType::StringList => "StringList",
            ParameterType::SecureString => "SecureString",
        }
    }
}

/// A text that is not a parameter type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a parameter type must be String, StringList or SecureString")]
pub struct ParameterTypeError;

impl std::str::FromStr for ParameterType {
    type Err = ParameterTypeError;

    fn from_str(text: &str) -> Result<Self, ParameterTypeError> {
        let all = [ParameterType::String, ParameterType::StringList, ParameterType::SecureString];
        all.into_iter().find(|kind| kind.as_str() == text).ok_or(ParameterTypeError)
    }
}

impl std::fmt::Display for ParameterType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
