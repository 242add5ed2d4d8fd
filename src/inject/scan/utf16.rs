//! UTF-16, as some editors and shells of Windows write it, read as UTF-8.

use std::io::{self, Read};

use zeroize::Zeroizing;

/// Which byte of a unit comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    /// The order stated by the byte order mark; `None` if there is none.
    pub(super) fn of(data: &[u8]) -> Option<Self> {
        match data {
            [0xff, 0xfe, ..] => Some(Order::Little),
            [0xfe, 0xff, ..] => Some(Order::Big),
            _ => None,
        }
    }
}

const UNITS: usize = 32 << 10;

/// Converts UTF-16 to UTF-8. The byte order mark is left out; invalid text becomes U+FFFD.
pub(super) struct Utf8<R> {
    order: Order,
    input: R,
    units: Zeroizing<Vec<u8>>,
    kept: usize,
    text: Zeroizing<String>,
    given: usize,
    is_end: bool,
}

impl<R: Read> Utf8<R> {
    pub(super) fn new(order: Order, input: R) -> Self {
        let (units, text) = (vec![0; UNITS * 2], String::with_capacity(UNITS * 3));
        Utf8 { order, input, units: units.into(), kept: 0, text: text.into(), given: 0, is_end: false }
    }

    /// Decodes the next piece. Half a unit, or half a surrogate pair, is kept until the other half arrives.
    fn refill(&mut self) -> io::Result<()> {
        let read = self.input.read(&mut self.units[self.kept..])?;
        self.is_end = read == 0;
        let filled = self.kept + read;
        let unit = |pair: &[u8]| match (self.order, pair) {
            (Order::Little, [low, high]) | (Order::Big, [high, low]) => u16::from_be_bytes([*high, *low]),
            _ => 0,
        };
        let mut whole = filled & !1;
        if !self.is_end && whole >= 2 && matches!(unit(&self.units[whole - 2..whole]), 0xd800..=0xdbff) {
            whole -= 2;
        }
        self.text.clear();
        self.given = 0;
        let decoded = char::decode_utf16(self.units[..whole].chunks_exact(2).map(unit));
        let text = decoded.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).filter(|c| *c != '\u{feff}');
        self.text.extend(text);
        self.units.copy_within(whole..filled, 0);
        self.kept = filled - whole;
        Ok(())
    }
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() {
            if self.is_end {
                return Ok(0);
            }
            self.refill()?;
        }
        let rest = &self.text.as_bytes()[self.given..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.given += length;
        Ok(length)
    }
}
