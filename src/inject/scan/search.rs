//! Data of any size, read once through one buffer.

use std::io::{self, Cursor, Read};

use memchr::{memchr_iter, memrchr};
use zeroize::Zeroizing;

use super::needles::{Needles, Trace};
use super::utf16::{Order, Utf8};

/// The least that is read at once, in bytes.
const BUFFER: usize = 1 << 20;

/// Where a text was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit<'a> {
    /// The line, from 1.
    pub line: u64,
    /// The byte in the line, from 1.
    pub column: u64,
    /// What it gives away.
    pub traces: &'a [Trace],
}

/// Searches one thing after another, with one buffer.
pub(crate) struct Search<'a> {
    needles: &'a Needles,
    buffer: Zeroizing<Vec<u8>>,
}

impl<'a> Search<'a> {
    /// A search for these texts.
    pub(crate) fn new(needles: &'a Needles) -> Self {
        let size = BUFFER.max(needles.longest() * 4);
        Search { needles, buffer: Zeroizing::new(vec![0; size]) }
    }

    /// Reads to the end and reports every text that is found, in order; texts that overlap with an earlier one are left
    /// out. Data that is marked as UTF-16 is read as such. Returns the number of bytes.
    pub(crate) fn read(&mut self, input: &mut dyn Read, found: &mut dyn FnMut(Hit<'a>)) -> io::Result<u64> {
        let (filled, is_end) = fill(input, &mut self.buffer, 0)?;
        let Some(order) = Order::of(&self.buffer[..filled]) else { return self.go_on(input, filled, is_end, found) };
        let start = Zeroizing::new(self.buffer[..filled].to_vec());
        let mut counted = Counted { input: Cursor::new(&start[..]).chain(input), bytes: 0 };
        let mut text = Utf8::new(order, &mut counted);
        let (filled, is_end) = fill(&mut text, &mut self.buffer, 0)?;
        self.go_on(&mut text, filled, is_end, found)?;
        drop(text);
        Ok(counted.bytes)
    }

    /// Continues with a buffer that already has the beginning.
    fn go_on(
        &mut self,
        input: &mut dyn Read,
        mut filled: usize,
        mut is_end: bool,
        found: &mut dyn FnMut(Hit<'a>),
    ) -> io::Result<u64> {
        let (mut place, mut total) = (Place::default(), 0);
        loop {
            // A text that begins after the limit may end after the buffer.
            let limit = if is_end { filled } else { filled.saturating_sub(self.needles.longest().saturating_sub(1)) };
            let data = &self.buffer[..filled];
            let (mut from, mut counted) = (0, 0);
            while let Some(matched) = self.needles.find(data, from, limit) {
                place.advance(&data[counted..matched.start]);
                counted = matched.start;
                found(Hit { line: place.line + 1, column: place.column + 1, traces: matched.traces });
                from = matched.end;
            }
            let done = from.max(limit);
            place.advance(&data[counted..done]);
            total += done as u64;
            if is_end {
                return Ok(total + (filled - done) as u64);
            }
            self.buffer.copy_within(done..filled, 0);
            (filled, is_end) = fill(input, &mut self.buffer, filled - done)?;
        }
    }
}

/// Fills the buffer from `filled` on. Returns how far, and whether that was the end.
fn fill(input: &mut dyn Read, buffer: &mut [u8], mut filled: usize) -> io::Result<(usize, bool)> {
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => return Ok((filled, true)),
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok((filled, false))
}

/// The lines before this point, and the bytes since the last line feed.
#[derive(Default)]
struct Place {
    line: u64,
    column: u64,
}

impl Place {
    fn advance(&mut self, bytes: &[u8]) {
        self.line += memchr_iter(b'\n', bytes).count() as u64;
        match memrchr(b'\n', bytes) {
            Some(last) => self.column = (bytes.len() - last - 1) as u64,
            None => self.column += bytes.len() as u64,
        }
    }
}

struct Counted<R> {
    input: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.bytes += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inject::scan::needles::Collector;
    use crate::model::value::SecretValue;

    const VALUE: &str = "hunter2hunter2";

    fn places(value: &str, data: &[u8]) -> (Vec<(u64, u64)>, u64) {
        let mut collector = Collector::default();
        collector.add(&SecretValue::from_text(value.into())).unwrap();
        let needles = collector.finish();
        let mut found = Vec::new();
        let bytes = Search::new(&needles).read(&mut &*data, &mut |hit| found.push((hit.line, hit.column))).unwrap();
        (found, bytes)
    }

    #[test]
    fn a_hit_says_line_and_column() {
        let data = format!("first\npassword = {VALUE}\r\n\n{VALUE}{VALUE}");
        assert_eq!(places(VALUE, data.as_bytes()).0, [(2, 12), (4, 1), (4, 15)]);
    }

    #[test]
    fn a_text_across_the_border_of_the_buffer_is_found_once() {
        for before in [BUFFER - 40, BUFFER - 14, BUFFER - 13, BUFFER - 7, BUFFER - 1, BUFFER, 2 * BUFFER - 20] {
            for after in [0, 1, 3 * BUFFER] {
                let data = [vec![b'x'; before], VALUE.into(), vec![b'\n'; after]].concat();
                let (found, bytes) = places(VALUE, &data);
                assert_eq!((found, bytes), (vec![(1, before as u64 + 1)], data.len() as u64), "{before} {after}");
            }
        }
    }

    #[test]
    fn a_value_that_is_longer_than_the_buffer_would_be_is_found() {
        let value: String = ('a'..='z').cycle().take(65_536).collect();
        let data = format!("{}\n{value}\n", "-".repeat(BUFFER - 30_000));
        assert_eq!(places(&value, data.as_bytes()).0, [(2, 1)]);
    }

    #[test]
    fn text_in_utf_16_is_found() {
        let text = format!("\u{feff}p\u{e4}ss\r\nkey: {VALUE} \u{1f511}\r\n");
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for data in [little, big] {
            assert_eq!(places(VALUE, &data), (vec![(2, 6)], data.len() as u64));
        }
    }

    #[test]
    fn nothing_is_found_in_nothing() {
        for data in [&b""[..], b"h", b"hunter2", b"\xff\xfe", b"\xff\xfe\0"] {
            assert_eq!(places(VALUE, data), (vec![], data.len() as u64));
        }
    }
}
