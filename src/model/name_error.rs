//! Why a text is not a name.

/// Why a text is not a name. The text itself is not repeated here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was given.
    #[error("a name cannot be empty")]
    Empty,
    /// A character outside the alphabet of the kind of name.
    #[error("{found:?} is not allowed in a {kind}; use {allowed}")]
    Character {
        /// The first character that is not allowed.
        found: char,
        /// The kind of name, such as "parameter name".
        kind: &'static str,
        /// The alphabet, in words.
        allowed: &'static str,
    },
    /// A name with levels that does not begin with a slash.
    #[error("a parameter name with levels begins with `/`")]
    Unrooted,
    /// Two slashes in a row, or a slash at the end.
    #[error("a parameter name cannot have an empty level (`//`, or `/` at its end)")]
    EmptyLevel,
    /// The first level begins with `aws` or `ssm`, in any case.
    #[error("parameter names that begin with `aws` or `ssm` are reserved")]
    Reserved,
    /// More than fifteen levels.
    #[error("a parameter name has at most 15 levels, this one has {0}")]
    TooDeep(usize),
    /// Longer than the kind of name may be.
    #[error("a {kind} has at most {limit} characters, this one has {length}")]
    TooLong {
        /// The kind of name.
        kind: &'static str,
        /// The longest that is allowed.
        limit: usize,
        /// What was given.
        length: usize,
    },
    /// A path that does not begin with a slash.
    #[error("a path begins with `/`")]
    PathUnrooted,
}
