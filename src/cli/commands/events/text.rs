//! Patterns and events that are given as files.

use crate::cli::error::{CliError, CliResult};
use crate::cli::input::text_file::text_at;
use crate::model::pattern::Pattern;

/// The content of a file, or of standard input for `-`.
pub(super) fn text(file: &str) -> CliResult<String> {
    text_at(file, "give JSON")
}

/// The pattern that a text states.
pub(super) fn pattern(text: &str) -> CliResult<Pattern> {
    Pattern::parse(text)
        .map_err(|error| CliError::usage(format!("the pattern is not valid: {error}"), "docs/events.md has examples"))
}
