//! Words, numbers and quoted texts, one after the other.

use std::borrow::Cow;

use super::refusal::{Read, Refusal};

/// What is left of the text.
pub(super) struct Reader<'de> {
    pub(super) rest: &'de str,
    /// From 1.
    pub(super) line: usize,
}

impl<'de> Reader<'de> {
    pub(super) fn take(&mut self, expected: &str) -> bool {
        let rest = self.rest.strip_prefix(expected);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    pub(super) fn expect(&mut self, expected: &str) -> Read<()> {
        if self.take(expected) { Ok(()) } else { Err(Refusal::Malformed) }
    }

    pub(super) fn end_line(&mut self) -> Read<()> {
        self.expect("\n")?;
        self.line += 1;
        Ok(())
    }

    /// Whether the line that begins here is indented by exactly that many spaces.
    pub(super) fn is_at(&self, column: usize) -> bool {
        is_indented(self.rest, column)
    }

    pub(super) fn is_item_at(&self, column: usize) -> bool {
        self.is_at(column) && self.rest[column..].starts_with("- ")
    }

    /// A field's name as the program knows it, up to its colon.
    pub(super) fn word(&mut self) -> Read<&'de str> {
        let end = self.rest.bytes().take_while(|byte| byte.is_ascii_lowercase() || *byte == b'_').count();
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        if word.is_empty() { Err(Refusal::Malformed) } else { Ok(word) }
    }

    pub(super) fn number(&mut self) -> Read<u64> {
        let end = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        digits.parse().map_err(|_| Refusal::Malformed)
    }

    /// A double-quoted text, including both quotes. One without escapes is borrowed, not copied.
    pub(super) fn quoted(&mut self) -> Read<Cow<'de, str>> {
        self.expect("\"")?;
        let end = self.rest.find(['"', '\\', '\n']).ok_or(Refusal::Malformed)?;
        let (plain, rest) = self.rest.split_at(end);
        self.rest = rest;
        if self.take("\"") { Ok(Cow::Borrowed(plain)) } else { self.escaped(plain).map(Cow::Owned) }
    }

    /// The text after `begin`, from its first escape to the closing quote.
    fn escaped(&mut self, begin: &str) -> Read<String> {
        let closing = closing_quote(self.rest).ok_or(Refusal::Malformed)?;
        // An escape is longer than what it stands for, so the text is never moved.
        let mut text = String::with_capacity(begin.len() + closing);
        text.push_str(begin);
        while !self.take("\"") {
            if self.take("\\") {
                text.push(self.escape()?);
            } else {
                let end = self.rest.find(['"', '\\', '\n']).ok_or(Refusal::Malformed)?;
                let (plain, rest) = self.rest.split_at(end);
                if plain.is_empty() {
                    return Err(Refusal::Malformed);
                }
                text.push_str(plain);
                self.rest = rest;
            }
        }
        Ok(text)
    }

    fn escape(&mut self) -> Read<char> {
        for (written, meant) in [("\"", '"'), ("\\", '\\'), ("n", '\n'), ("t", '\t')] {
            if self.take(written) {
                return Ok(meant);
            }
        }
        self.expect("u")?;
        let digits = self.rest.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let digits = digits.ok_or(Refusal::Malformed)?;
        self.rest = &self.rest[4..];
        let code = u32::from_str_radix(digits, 16).map_err(|_| Refusal::Malformed)?;
        char::from_u32(code).ok_or(Refusal::Malformed)
    }

    /// The lines of a literal block that are indented by at least that many spaces.
    pub(super) fn literal(&mut self, column: usize) -> String {
        let mut text = String::with_capacity(self.literal_length(column));
        while is_within(self.rest, column) {
            let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
            text.push_str(&line[column..]);
            text.push('\n');
            self.rest = rest;
            self.line += 1;
        }
        text
    }

    fn literal_length(&self, column: usize) -> usize {
        let lines = self.rest.split_inclusive('\n').take_while(|line| is_within(line, column));
        lines.map(|line| line.len() + 1 - column).sum()
    }
}

/// Whether the next line is indented by that many spaces or more.
fn is_within(text: &str, column: usize) -> bool {
    text.len() > column && text.bytes().take(column).all(|byte| byte == b' ')
}

fn is_indented(text: &str, column: usize) -> bool {
    let spaces = text.bytes().take_while(|byte| *byte == b' ').count();
    spaces == column && spaces < text.len()
}

/// The distance to the first quote without a backslash before it.
fn closing_quote(text: &str) -> Option<usize> {
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(at),
            b'\\' => drop(bytes.next()),
            _ => {}
        }
    }
    None
}
