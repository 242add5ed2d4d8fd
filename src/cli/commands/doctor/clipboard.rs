//! The clipboard of `--copy`.

use super::check::{Examination, Level, Line};
use crate::cli::clipboard::{Clipboard, find};
use crate::cli::error::CliResult;

#[expect(clippy::unnecessary_wraps, reason = "every check has this form")]
pub(super) fn check(_: &mut Examination<'_>) -> CliResult<Vec<Line>> {
    Ok(vec![match find() {
        Ok(found) if found.clearable().is_some() => Line::ok("is found, and cleared again after a copy"),
        Ok(Clipboard::Programs(_)) => Line::ok("is found; nothing says what it holds, so it is not cleared"),
        Ok(Clipboard::Terminal(_)) => Line::ok("is that of the terminal, which may ignore a copy, and is not cleared"),
        Err(error) => {
            let message = error.to_string().replace("; nothing was copied", "");
            Line { level: Level::Warning, message, ..Line::failed(&error.into()) }
        }
    }])
}
