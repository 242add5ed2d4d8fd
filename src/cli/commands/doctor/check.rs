//! What a check is given, and the lines that it answers with.

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::engine::Vault;

/// One check: any number of lines about one thing. An error of its own becomes a line.
pub(super) type Check = fn(&mut Examination<'_>) -> CliResult<Vec<Line>>;

/// What is examined.
pub(super) struct Examination<'a> {
    pub(super) context: &'a mut Context,
    /// The vault, if there is one and it can be opened.
    pub(super) vault: Option<&'a Vault<'static>>,
    /// Why it cannot be opened.
    pub(super) unopened: Option<&'a CliError>,
    /// Whether to fix what is safe to fix.
    pub(super) fix: bool,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Ok,
    Warning,
    Error,
}

/// What a check found.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Line {
    pub(super) level: Level,
    pub(super) message: String,
    /// What fixes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) command: Option<String>,
    /// Whether it was fixed, or would be without `--dry-run`.
    pub(super) fixed: bool,
}

impl Examination<'_> {
    /// Fixes something if that is wanted, and says so in the line. A dry run fixes nothing; a failure is added to the line.
    pub(super) fn fixed(&self, mut line: Line, fix: impl FnOnce() -> CliResult<()>) -> Line {
        if !self.fix {
            return line;
        }
        match if self.context.global.dry_run { Ok(()) } else { fix() } {
            Ok(()) => (line.fixed, line.command) = (true, None),
            Err(error) => line.message = format!("{}; this could not be fixed: {error}", line.message),
        }
        line
    }
}

impl Line {
    /// Whether it is as bad as that, and was not fixed.
    pub(super) fn is(&self, level: Level) -> bool {
        self.level == level && !self.fixed
    }

    pub(super) fn ok(message: impl Into<String>) -> Line {
        Line { level: Level::Ok, message: message.into(), command: None, fixed: false }
    }

    /// Something to know, with what fixes it.
    pub(super) fn warning(message: impl Into<String>, command: impl Into<String>) -> Line {
        Line { level: Level::Warning, command: Some(command.into()), ..Line::ok(message) }
    }

    /// Something that does not work, with what fixes it.
    pub(super) fn error(message: impl Into<String>, command: impl Into<String>) -> Line {
        Line { level: Level::Error, ..Line::warning(message, command) }
    }

    /// What a failure says, with its hints.
    pub(super) fn failed(error: &CliError) -> Line {
        let command = Some(error.failure().hints.join("; ")).filter(|hints| !hints.is_empty());
        Line { level: Level::Error, command, ..Line::ok(error.with_details()) }
    }
}
