//! Limits of parameters.

/// The longest description, in characters.
pub(crate) const DESCRIPTION_LIMIT: usize = 1024;

/// The maximum number of versions; one more drops the oldest, unless it has a label.
pub(crate) const VERSIONS_LIMIT: usize = 100;
