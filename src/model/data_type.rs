//! Data types of parameters: how a value is checked when it is put (parameter-store §3).

/// A parameter's data type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DataType {
    /// No check.
    #[default]
    Text,
}

impl DataType {
    /// The word that AWS and documents use.
    pub fn as_str(self) -> &'static str {
        match self {
            DataType::Text => "text",
        }
    }
}

/// A text that is not a data type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a data type")]
pub struct DataTypeError;

impl std::str::FromStr for DataType {
    type Err = DataTypeError;

    fn from_str(text: &str) -> Result<Self, DataTypeError> {
        match text {
            "text" => Ok(DataType::Text),
            _ => Err(DataTypeError),
        }
    }
}
