//! A file of text that the user names.

use std::fs::File;

use crate::cli::advice::advice::UTF16;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::value_input::stdin;
use crate::inject::foreign::text::{TextError, text};
use crate::machine::private::read_capped;

/// More than this is no JSON that somebody writes.
const LIMIT: usize = 1 << 20;

/// The content of a file, or of standard input for `-`. `hint` is what to do if it is no text at all.
pub(crate) fn text_at(file: &str, hint: &str) -> CliResult<String> {
    let opened = if file == "-" { stdin() } else { File::open(file) };
    let read = opened.and_then(|opened| read_capped(opened, LIMIT)).map_err(|error| {
        CliError::usage(format!("cannot read `{file}`: {error}"), "give a file, or - for standard input")
    })?;
    let bytes = read.ok_or_else(|| CliError::usage(format!("`{file}` is larger than {LIMIT} bytes"), hint))?;
    Ok(text_of(&bytes, file, hint)?.to_owned())
}

/// The text of a file, with its byte order mark if it has one. `hint` is what to do if it is no text at all.
pub(crate) fn text_of<'a>(bytes: &'a [u8], file: &str, hint: &str) -> CliResult<&'a str> {
    text(bytes).map_err(|error| {
        CliError::usage(format!("`{file}` is {error}"), if error == TextError::Utf16 { UTF16 } else { hint })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_taken_whole_or_not_at_all() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let read = |length| {
            std::fs::write(file.path(), vec![b' '; length]).unwrap();
            text_at(file.path().to_str().unwrap(), "give JSON")
        };
        assert_eq!(read(LIMIT).unwrap().len(), LIMIT);
        let error = read(LIMIT + 1).unwrap_err().to_string();
        assert!(error.ends_with("is larger than 1048576 bytes"), "{error}");
    }
}
