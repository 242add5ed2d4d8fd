//! The clipboard of `--copy`.

use super::check::{Level, Line};
use crate::cli::clipboard::{Clipboard, find};

pub(super) fn check() -> Line {
    match find() {
        Ok(found) if found.clearable().is_some() => Line::ok("is found, and cleared again after a copy"),
        Ok(Clipboard::Programs(_)) => Line::ok("is found; nothing says what it holds, so it is not cleared"),
        Ok(Clipboard::Terminal(_)) => Line::ok("is that of the terminal, which may ignore a copy, and is not cleared"),
        Err(error) => {
            let message = error.to_string().replace("; nothing was copied", "");
            Line { level: Level::Warning, message, ..Line::failed(&error.into()) }
        }
    }
}
