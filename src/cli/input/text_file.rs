//! A file of text that the user names.

use crate::cli::advice::advice::UTF16;
use crate::cli::error::{CliError, CliResult};
use crate::inject::foreign::text::{TextError, text};

/// The text of a file, with its byte order mark if it has one. `hint` is what to do if it is no text at all.
pub(crate) fn text_of<'a>(bytes: &'a [u8], file: &str, hint: &str) -> CliResult<&'a str> {
    text(bytes).map_err(|error| CliError::Usage {
        message: format!("`{file}` is {error}"),
        hint: if error == TextError::Utf16 { UTF16 } else { hint }.into(),
    })
}
