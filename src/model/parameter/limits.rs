//! Limits of parameters.

/// The longest description, in characters.
pub const DESCRIPTION_LIMIT: usize = 1024;

/// At most so many versions are kept; one more drops the oldest, unless that carries a label.
pub const VERSIONS_LIMIT: usize = 100;
