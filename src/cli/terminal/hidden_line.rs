//! One line from a terminal that does not show it.
//!
//! Not even a `*` is shown for a character: it would tell whoever looks on, or watches a recording, how long the secret is.

use std::fs::File;
use std::io::{self, Write};

use zeroize::Zeroizing;

use super::asking::{Asking, Echo};
use crate::model::value_form::VALUE_LIMIT;

/// How a line ended.
pub(crate) enum Line {
    /// With Enter.
    Typed(Zeroizing<Vec<u8>>),
    /// With Ctrl-D on an empty line, or because the terminal went away.
    Ended,
    /// With Enter, after more than fits.
    TooLong,
}

/// Shows `prompt` and reads a line that is not shown. Backspace and Ctrl-U correct it.
pub(crate) fn read(terminal: &File, prompt: &str) -> io::Result<Line> {
    let asking = Asking::begin(terminal, prompt, Echo::Hidden)?;
    let line = collect(&asking);
    (&*terminal).write_all(b"\n")?;
    Ok(line)
}

fn collect(asking: &Asking<'_>) -> Line {
    const BACKSPACE: u8 = 0x08;
    const DELETE: u8 = 0x7f;
    const CTRL_D: u8 = 0x04;
    const CTRL_U: u8 = 0x15;
    let mut typed = Zeroizing::new(Vec::with_capacity(VALUE_LIMIT));
    let mut is_too_long = false;
    while let Some(byte) = asking.next(&mut typed) {
        is_too_long &= !typed.is_empty();
        match byte {
            b'\n' | b'\r' if is_too_long => return Line::TooLong,
            b'\n' | b'\r' => return Line::Typed(typed),
            CTRL_D if typed.is_empty() => return Line::Ended,
            CTRL_D => {}
            CTRL_U => typed.clear(),
            BACKSPACE | DELETE => take_character(&mut typed),
            _ if typed.len() == VALUE_LIMIT => is_too_long = true,
            other => typed.push(other),
        }
    }
    Line::Ended
}

fn take_character(typed: &mut Vec<u8>) {
    // Bytes 10xxxxxx continue the character before them.
    while let Some(byte) = typed.pop() {
        if byte & 0b1100_0000 != 0b1000_0000 {
            break;
        }
    }
}
