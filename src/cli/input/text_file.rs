//! A file of text that the user names.

use std::io::Read as _;

use crate::cli::advice::advice::UTF16;
use crate::cli::error::{CliError, CliResult};
use crate::inject::foreign::text::{TextError, text};

/// More than this is no JSON that somebody writes.
const LIMIT: u64 = 1 << 20;

/// The content of a file, or of standard input for `-`. `hint` is what to do if it is no text at all.
pub(crate) fn text_at(file: &str, hint: &str) -> CliResult<String> {
    let mut bytes = Vec::new();
    let read = if file == "-" {
        std::io::stdin().take(LIMIT).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|opened| opened.take(LIMIT).read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        CliError::usage(format!("cannot read `{file}`: {error}"), "give a file, or - for standard input")
    })?;
    Ok(text_of(&bytes, file, hint)?.to_owned())
}

/// The text of a file, with its byte order mark if it has one. `hint` is what to do if it is no text at all.
pub(crate) fn text_of<'a>(bytes: &'a [u8], file: &str, hint: &str) -> CliResult<&'a str> {
    text(bytes).map_err(|error| {
        CliError::usage(format!("`{file}` is {error}"), if error == TextError::Utf16 { UTF16 } else { hint })
    })
}
