//! Why something is not a filter of parameters.

/// Why something is not a filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FilterError {
    /// Not `KEY=VALUE`.
    #[error("a filter is written KEY=VALUE, KEY^=PREFIX, KEY*=PART or tag:KEY")]
    Form,
    /// A key that does not exist, or not here (`InvalidFilterKey`).
    #[error("{key:?} is not a filter key; valid keys are {valid}")]
    Key {
        /// What was given.
        key: String,
        /// What there is.
        valid: &'static str,
    },
    /// The same key in two filters (`InvalidFilterKey`).
    #[error("the filter key {0} is used twice; give one filter several values instead")]
    Duplicate(String),
    /// A way to compare that the key does not have (`InvalidFilterOption`).
    #[error("{key} does not support the comparison {option:?}; valid ones are {valid}")]
    Option {
        /// The key.
        key: String,
        /// What was given.
        option: String,
        /// What there is.
        valid: String,
    },
    /// A value that the key cannot have (`InvalidFilterValue`).
    #[error("{value:?} is not a valid value for the filter {key}; {expected}")]
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
    #[error("no name or path of a parameter begins with `aws` or `ssm`")]
    Reserved,
}
