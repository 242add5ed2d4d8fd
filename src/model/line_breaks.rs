//! Finds texts of base64 with line breaks in them, at whatever column base64(1), MIME or PEM break lines.
//!
//! A line break is LF or CRLF, also as JSON writes them (`\n`), with the indentation of the next line.

use std::ops::Range;

use super::finder::{Finder, State};

/// With fewer characters before its first line break, a text is found only from that on. Nearly every line ends with what
/// some value could begin with, and would be held back otherwise.
const LEAD: usize = 3;

/// A shorter text is found by chance.
const SHORTEST: usize = 8;

/// The deepest indentation.
const INDENT: usize = 32;

/// What may be the beginning of a text that continues in the next piece.
pub(super) struct Open {
    /// What is needed to recognize it begins here.
    pub keep: usize,
    /// What would be a part of it begins here.
    pub stop: usize,
}

/// Calls `found` with each part, from one line break to the next, of every text that has line breaks in it. `reach` is the
/// length of the longest text.
pub(super) fn read(finder: &Finder, reach: usize, bytes: &[u8], mut found: impl FnMut(Range<usize>)) -> Open {
    let mut lines = Lines { finder, bytes, breaks: Vec::new(), state: finder.start(), is_whole: false };
    let mut at = 0;
    while let Some(first) = next_break(bytes, at) {
        let before = bytes[at..first.start].iter().rev().take(reach);
        let begin = first.start - before.take_while(|byte| is_base64(**byte)).count();
        at = first.end;
        if begin == first.start {
            continue;
        }
        at = lines.read(begin, &mut found).max(at);
        if at == bytes.len() {
            return lines.open();
        }
    }
    Open { keep: bytes.len(), stop: bytes.len() }
}

/// Lines of base64 without anything between them.
struct Lines<'a> {
    finder: &'a Finder,
    bytes: &'a [u8],
    breaks: Vec<Range<usize>>,
    state: State,
    /// Whether a whole text was read last, which the next line may still continue to a longer one.
    is_whole: bool,
}

impl Lines<'_> {
    /// Reads from a byte to the end of the last line, and returns that.
    fn read(&mut self, mut at: usize, found: &mut impl FnMut(Range<usize>)) -> usize {
        self.breaks.clear();
        self.state = self.finder.start();
        loop {
            let rest = &self.bytes[at..];
            let line = rest.iter().position(|byte| !is_base64(*byte)).unwrap_or(rest.len());
            let mut matches = Vec::new();
            self.state = self.finder.read(self.state, &rest[..line], |end, length| matches.push((at + end, length)));
            let depth = self.finder.depth(self.state);
            self.is_whole = matches.last().is_some_and(|last| *last == (at + line, depth));
            for (end, length) in matches.into_iter().filter(|(_, length)| *length >= SHORTEST) {
                self.parts(end, length, found);
            }
            let end = at + line;
            let next = end + break_length(&self.bytes[end..]);
            let continues = next > end && line > 0 && self.bytes.get(next).is_none_or(|byte| is_base64(*byte));
            if !continues {
                return end;
            }
            self.breaks.push(end..next);
            at = next;
            if at == self.bytes.len() {
                return at;
            }
        }
    }

    /// Where the text with that many characters before `end` begins, and the line breaks in it, the last one first.
    fn span(&self, end: usize, length: usize) -> (usize, &[Range<usize>]) {
        let (mut start, mut left, mut inside) = (end, length, self.breaks.len());
        while let Some(last) = self.breaks[..inside].last().filter(|last| last.end + left > start) {
            left -= start - last.end;
            start = last.start;
            inside -= 1;
        }
        (start - left, &self.breaks[inside..])
    }

    fn parts(&self, end: usize, length: usize, found: &mut impl FnMut(Range<usize>)) {
        let (start, breaks) = self.span(end, length);
        let Some(first) = breaks.first() else { return };
        if first.start - start >= LEAD {
            found(start..first.start);
        }
        let ends = breaks.iter().skip(1).map(|next| next.start).chain([end]);
        for (before, end) in breaks.iter().zip(ends) {
            found(before.end..end);
        }
    }

    /// What the next piece may continue, if it has a line break; otherwise it is found without this.
    fn open(&self) -> Open {
        let (end, depth) = (self.bytes.len(), self.finder.depth(self.state));
        let (keep, breaks) = self.span(end, depth);
        // A short text is found by itself if its only line break is the one behind it.
        let is_unbroken = matches!(breaks, [only] if only.end == end);
        let is_found = self.is_whole && (depth >= SHORTEST || is_unbroken);
        match breaks.first() {
            None => Open { keep: end, stop: end },
            Some(_) if is_found => Open { keep, stop: end },
            Some(first) => Open { keep, stop: if first.start - keep < LEAD { first.end } else { keep } },
        }
    }
}

fn next_break(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let candidates = memchr::memchr3_iter(b'\n', b'\r', b'\\', &bytes[from..]).map(|place| from + place);
    candidates.map(|place| place..place + break_length(&bytes[place..])).find(|found| !found.is_empty())
}

/// The length of the line break that these bytes begin with, 0 if there is none. The beginning of one at the end counts.
fn break_length(bytes: &[u8]) -> usize {
    let strip = |bytes, either: [&'static [u8]; 2]| either.into_iter().find_map(|it| <[u8]>::strip_prefix(bytes, it));
    let feed = strip(bytes, [b"\r", b"\\r"]).unwrap_or(bytes);
    let Some(indented) = strip(feed, [b"\n", b"\\n"]) else {
        return if feed.is_empty() || feed == b"\\" { bytes.len() } else { 0 };
    };
    let indent = indented.iter().take(INDENT).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    bytes.len() - indented.len() + indent
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The rule itself, for one text that begins at one byte: the parts of it, if it has line breaks.
    pub(in crate::model) fn by_the_rule(text: &[u8], bytes: &[u8], start: usize) -> Vec<Range<usize>> {
        let (mut at, mut parts) = (start, Vec::new());
        let mut part = start;
        for wanted in text {
            let length = if at > part { break_length(&bytes[at..]) } else { 0 };
            if length > 0 {
                parts.push(part..at);
                at += length;
                part = at;
            }
            if bytes.get(at) != Some(wanted) || !is_base64(*wanted) {
                return Vec::new();
            }
            at += 1;
        }
        parts.push(part..at);
        let has_breaks = parts.len() > 1 && text.len() >= SHORTEST;
        parts.retain(|part| part.start > start || part.len() >= LEAD);
        if has_breaks { parts } else { Vec::new() }
    }

    fn found(text: &str, bytes: &str) -> Vec<String> {
        let mut found = Vec::new();
        let finder = Finder::new(&[text.as_bytes()]).unwrap();
        read(&finder, text.len(), bytes.as_bytes(), |part| found.push(bytes[part].to_owned()));
        found
    }

    #[test]
    fn a_text_is_found_across_every_kind_of_line_break() {
        for line_break in ["\n", "\r\n", "\\n", "\\r\\n", "\n    ", "\n\t"] {
            let bytes = format!("xx0123{line_break}4567yy");
            assert_eq!(found("01234567", &bytes), ["0123", "4567"], "{line_break:?}");
        }
        assert_eq!(found("0123456789abcdef", "0123\n45678\n9abcdef"), ["0123", "45678", "9abcdef"]);
    }

    #[test]
    fn what_stands_alone_or_is_short_is_not() {
        for bytes in ["0123\n\n4567", "0123\n:4567", "0123 4567", "01234567", "0123\\t4567", "0123\n45"] {
            assert!(found("01234567", bytes).is_empty(), "{bytes:?}");
        }
        assert!(found("0123456", "0123\n456").is_empty());
        assert_eq!(found("01234567", "01\n234567"), ["234567"], "too little is left on the first line");
    }

    #[test]
    fn a_short_text_with_a_line_break_in_it_may_be_the_beginning_of_a_longer_one() {
        let finder = Finder::new(&[b"012345", b"01234567"]).unwrap();
        for (bytes, held) in [("012\n345", 7), ("012\n345\n", 8), ("012345\n", 0)] {
            let open = read(&finder, 8, bytes.as_bytes(), |_| {});
            assert_eq!(bytes.len() - open.stop, held, "{bytes:?}");
        }
    }

    #[test]
    fn only_enough_of_a_text_before_a_line_break_is_held_back() {
        let finder = Finder::new(&[b"01234567"]).unwrap();
        let open = |bytes: &str| {
            let open = read(&finder, 8, bytes.as_bytes(), |_| {});
            (bytes.len() - open.keep, bytes.len() - open.stop)
        };
        assert_eq!(open("listening 01\n"), (3, 0));
        assert_eq!(open("listening 012\n"), (4, 4));
        assert_eq!(open("x01\n23"), (5, 2));
        assert_eq!((open("012\r"), open("012\\"), open("012\n34\n")), ((4, 4), (4, 4), (7, 7)));
        assert_eq!(open("01234567\n"), (9, 0), "it is found already");
        assert_eq!((open("012x\n"), open("012\n3 "), open("012")), ((0, 0), (0, 0), (0, 0)));
    }
}
