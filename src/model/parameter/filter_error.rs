//! Why something is not a filter of parameters.

/// Why something is not a filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Not `KEY=VALUE`.
    #[error("a filter is written KEY=VALUE, KEY^=BEGINNING, KEY*=PART or tag:KEY")]
    Form,
    /// A key that does not exist, or not here (`InvalidFilterKey`).
    #[error("{key:?} is not a key to filter by; there are {valid}")]
    Key {
        /// What was given.
        key: String,
        /// What there is.
        valid: &'static str,
    },
    /// The same key in two filters (`InvalidFilterKey`).
    #[error("the key {0} is filtered by twice; give several values to one filter instead")]
    Duplicate(String),
    /// A way to compare that the key does not have (`InvalidFilterOption`).
    #[error("{key} cannot be compared with {option:?}; there are {valid}")]
    Option {
        /// The key.
        key: String,
        /// What was given.
        option: String,
        /// What there is.
        valid: String,
    },
    /// A value that the key cannot have (`InvalidFilterValue`).
    #[error("{value:?} is not a value to filter {key} by; {expected}")]
    Value {
        /// The key.
        key: String,
        /// What was given.
        value: String,
        /// What is expected, in words.
        expected: &'static str,
    },
    /// None, or more than fifty.
    #[error("a filter has 1 to 50 values")]
    Count,
    /// A reserved beginning, which no parameter has (`ValidationException`).
    #[error("no parameter's name begins with `aws` or `ssm`")]
    Reserved,
}
