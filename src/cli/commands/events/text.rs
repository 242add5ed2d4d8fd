//! Patterns and events that are given as files.

use std::io::Read as _;

use crate::cli::error::{CliError, CliResult};
use crate::cli::input::text_file::text_of;
use crate::model::pattern::Pattern;

/// More than this is neither a pattern nor an event.
const LIMIT: u64 = 1 << 20;

/// The content of a file, or of standard input for `-`.
pub(super) fn text(file: &str) -> CliResult<String> {
    let mut bytes = Vec::new();
    let read = if file == "-" {
        std::io::stdin().take(LIMIT).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|opened| opened.take(LIMIT).read_to_end(&mut bytes))
    };
    read.map_err(|error| CliError::Usage {
        message: format!("cannot read `{file}`: {error}"),
        hint: "give a file, or - for standard input".into(),
    })?;
    Ok(text_of(&bytes, file, "give JSON")?.to_owned())
}

/// The pattern that a text states.
pub(super) fn pattern(text: &str) -> CliResult<Pattern> {
    Pattern::parse(text).map_err(|error| CliError::Usage {
        message: format!("the pattern is not valid: {error}"),
        hint: "docs/events.md has examples".into(),
    })
}
