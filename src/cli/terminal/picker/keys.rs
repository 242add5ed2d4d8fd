//! Keys, as a terminal sends them.

use std::fs::File;
use std::io::{self, Read};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// A key that means something here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Character(char),
    Enter,
    Cancel,
    Interrupt,
    Up,
    Down,
    PageUp,
    PageDown,
    Left,
    Right,
    Home,
    End,
    Backspace,
    Delete,
    EraseBefore,
    EraseWord,
    Other,
}

/// How long nothing is typed until the size of the terminal is looked at.
const PAUSE: Duration = Duration::from_millis(200);
/// How long the rest of a sequence may take. An escape character alone is the key Esc.
const SEQUENCE: Duration = Duration::from_millis(50);

/// The keys that are typed on a terminal.
pub(super) struct Keys<'a> {
    terminal: &'a File,
    waiting: Vec<u8>,
}

impl<'a> Keys<'a> {
    pub(super) fn new(terminal: &'a File) -> Self {
        Keys { terminal, waiting: Vec::new() }
    }

    /// The next key; `None` after a pause.
    pub(super) fn next(&mut self) -> io::Result<Option<Key>> {
        if self.waiting.is_empty() && !self.read(PAUSE)? {
            return Ok(None);
        }
        loop {
            match decode(&self.waiting) {
                Some((key, length)) => {
                    self.waiting.drain(..length);
                    return Ok(Some(key));
                }
                None if self.read(SEQUENCE)? => {}
                None => {
                    let is_escape = self.waiting == [ESCAPE];
                    self.waiting.clear();
                    return Ok(Some(if is_escape { Key::Cancel } else { Key::Other }));
                }
            }
        }
    }

    /// Reads what is typed within some time; whether there was anything.
    fn read(&mut self, time: Duration) -> io::Result<bool> {
        let mut ready = [PollFd::new(self.terminal, PollFlags::IN)];
        let time = Timespec { tv_sec: 0, tv_nsec: i64::from(time.subsec_nanos()) };
        match poll(&mut ready, Some(&time)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(false),
            polled => polled?,
        };
        let mut buffer = [0; 256];
        match (&*self.terminal).read(&mut buffer) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(length) => {
                self.waiting.extend_from_slice(&buffer[..length]);
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(false),
            // A terminal that was hung up answers with EIO.
            Err(_) => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

const ESCAPE: u8 = 0x1b;

/// The first key, and how many bytes it has; `None` if more must come.
fn decode(bytes: &[u8]) -> Option<(Key, usize)> {
    match bytes {
        [ESCAPE, b'[' | b'O', rest @ ..] => sequence(rest).map(|(key, length)| (key, length + 2)),
        [ESCAPE] | [] => None,
        // Alt with another key.
        [ESCAPE, ..] => Some((Key::Other, 2)),
        [control @ (0..0x20 | 0x7f), ..] => Some((by_control(*control), 1)),
        _ => character(bytes),
    }
}

fn by_control(control: u8) -> Key {
    match control {
        b'\r' | b'\n' => Key::Enter,
        0x03 => Key::Interrupt,
        // Ctrl-D and Ctrl-G.
        0x04 | 0x07 => Key::Cancel,
        0x01 => Key::Home,
        0x02 => Key::Left,
        0x05 => Key::End,
        0x06 => Key::Right,
        0x08 | 0x7f => Key::Backspace,
        // Ctrl-P and Ctrl-K; Ctrl-N and Tab.
        0x10 | 0x0b => Key::Up,
        0x0e | b'\t' => Key::Down,
        0x15 => Key::EraseBefore,
        0x17 => Key::EraseWord,
        _ => Key::Other,
    }
}

/// A sequence ends with a letter or a tilde.
fn sequence(rest: &[u8]) -> Option<(Key, usize)> {
    let end = rest.iter().position(|byte| (0x40..=0x7e).contains(byte))?;
    let key = match &rest[..=end] {
        [b'A'] => Key::Up,
        [b'B'] => Key::Down,
        [b'C'] => Key::Right,
        [b'D'] => Key::Left,
        [b'H'] | b"1~" => Key::Home,
        [b'F'] | b"4~" => Key::End,
        [b'Z'] => Key::Up,
        b"3~" => Key::Delete,
        b"5~" => Key::PageUp,
        b"6~" => Key::PageDown,
        _ => Key::Other,
    };
    Some((key, end + 1))
}

fn character(bytes: &[u8]) -> Option<(Key, usize)> {
    let chunk = bytes.utf8_chunks().next()?;
    match chunk.valid().chars().next() {
        Some(typed) => Some((Key::Character(typed), typed.len_utf8())),
        // Up to three bytes may be the beginning of a character.
        None if bytes.len() < 4 && std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none()) => None,
        None => Some((Key::Other, chunk.invalid().len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut bytes: &[u8]) -> Vec<Key> {
        let mut keys = Vec::new();
        while let Some((key, length)) = decode(bytes) {
            keys.push(key);
            bytes = &bytes[length..];
        }
        keys
    }

    #[test]
    fn sequences_characters_and_control_keys_are_told_apart() {
        use Key::{Character, Down, Enter, Interrupt, Left, Other, PageDown, Up};
        assert_eq!(
            all("a漢\u{1b}[A\u{1b}OB\u{1b}[1;5D\r".as_bytes()),
            [Character('a'), Character('漢'), Up, Down, Other, Enter]
        );
        assert_eq!(all(b"\x1b[6~\x03\x1bx\xff\x1b[D"), [PageDown, Interrupt, Other, Other, Left]);
        for unfinished in [&b"\x1b"[..], b"\x1b[", b"\x1b[1;5", b"\xe6\xbc"] {
            assert_eq!(decode(unfinished), None, "{unfinished:?}");
        }
    }
}
