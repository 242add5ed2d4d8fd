//! One line from a terminal that shows it, and corrects it itself.

use std::fs::File;
use std::io::{self, Write};

use super::asking::{Asking, Echo};

/// The maximum length of an answer, in bytes.
const LIMIT: usize = 4096;

/// Shows `prompt` and reads a line. `None` if the input ended without one.
pub(crate) fn read(terminal: &File, prompt: &str) -> io::Result<Option<String>> {
    let asking = Asking::begin(terminal, prompt, Echo::Shown)?;
    let mut typed = Vec::new();
    while let Some(byte) = asking.next(&mut typed) {
        match byte {
            b'\n' => return Ok(Some(String::from_utf8_lossy(&typed).into_owned())),
            _ if typed.len() < LIMIT => typed.push(byte),
            _ => {}
        }
    }
    (&*terminal).write_all(b"\n")?;
    Ok(None)
}
