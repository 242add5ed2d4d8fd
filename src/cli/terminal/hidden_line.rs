//! One line from a terminal that does not show it.
//!
//! Written here because console's `read_secure_line` leaves the echo off when a signal arrives, keeps what was typed in
//! buffers that are not wiped, and lets the terminal silently cut lines at 4095 bytes.

use std::fs::File;
use std::io::{self, Read, Write};

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use super::signal;
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

/// The settings of a terminal. They are restored on drop, and when a signal ends the process.
pub(crate) struct Restored<'a> {
    terminal: &'a File,
    original: Termios,
    _guard: signal::Guard,
}

impl<'a> Restored<'a> {
    /// Remembers how the terminal is set. After a signal, `farewell` is written to it, such as a line feed.
    pub(crate) fn new(terminal: &'a File, farewell: &'static [u8]) -> io::Result<Self> {
        let original = tcgetattr(terminal)?;
        let (again, settings) = (terminal.try_clone()?, original.clone());
        let guard = signal::before_end(move || {
            let _ = tcsetattr(&again, OptionalActions::Flush, &settings);
            let _ = (&again).write_all(farewell);
        })?;
        Ok(Restored { terminal, original, _guard: guard })
    }

    fn hide(&self) -> io::Result<()> {
        let mut hidden = self.original.clone();
        // Without ICANON the terminal passes on each byte, so that its own limit does not cut the line.
        hidden.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON);
        hidden.special_codes[SpecialCodeIndex::VMIN] = 1;
        hidden.special_codes[SpecialCodeIndex::VTIME] = 0;
        Ok(tcsetattr(self.terminal, OptionalActions::Flush, &hidden)?)
    }
}

impl Drop for Restored<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.original);
    }
}

/// Shows `prompt` and reads a line that is not shown. Backspace and Ctrl-U correct it.
pub(crate) fn read(terminal: &File, prompt: &str) -> io::Result<Line> {
    let restored = Restored::new(terminal, b"\n")?;
    restored.hide()?;
    (&*terminal).write_all(prompt.as_bytes())?;
    let line = collect(terminal);
    (&*terminal).write_all(b"\n")?;
    line
}

fn collect(mut terminal: &File) -> io::Result<Line> {
    const BACKSPACE: u8 = 0x08;
    const DELETE: u8 = 0x7f;
    const CTRL_D: u8 = 0x04;
    const CTRL_U: u8 = 0x15;
    let mut typed = Zeroizing::new(Vec::with_capacity(VALUE_LIMIT));
    let mut is_too_long = false;
    let mut byte = Zeroizing::new([0]);
    loop {
        match terminal.read(&mut *byte) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // A terminal that was hung up answers with EIO.
            Ok(0) | Err(_) => return Ok(Line::Ended),
            Ok(_) => {}
        }
        match byte[0] {
            b'\n' | b'\r' if is_too_long => return Ok(Line::TooLong),
            b'\n' | b'\r' => return Ok(Line::Typed(typed)),
            CTRL_D if typed.is_empty() => return Ok(Line::Ended),
            CTRL_D => {}
            CTRL_U => typed.clear(),
            BACKSPACE | DELETE => take_character(&mut typed),
            _ if typed.len() == VALUE_LIMIT => is_too_long = true,
            other => typed.push(other),
        }
    }
}

fn take_character(typed: &mut Vec<u8>) {
    // Bytes 10xxxxxx continue the character before them.
    while let Some(byte) = typed.pop() {
        if byte & 0b1100_0000 != 0b1000_0000 {
            break;
        }
    }
}
