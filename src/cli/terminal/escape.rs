//! Makes foreign text harmless for a terminal: unprintable characters are escaped.
//!
//! Escaped are control characters (C0, DEL, C1), marks that change the writing direction, line and paragraph
//! separators, and zero-width characters, with which two different names can look alike.

use std::fmt::Write as _;

use zeroize::Zeroizing;

/// The most bytes that one byte of input becomes: `\u{1b}` or `\x{ff}`.
const GROWTH: usize = 6;

/// One line of foreign text: a name, a description, a path. Line breaks and tabs are escaped too.
pub fn line(text: &str) -> String {
    if stands(text) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    text.chars().for_each(|c| push(&mut shown, c));
    shown
}

/// Whether a text needs no escaping at all, like most names; there may be thousands of them.
pub(crate) fn stands(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'\\')
}

/// A value as one line. The result is wiped on drop, and never moves while it grows.
pub(crate) fn value_line(bytes: &[u8]) -> Zeroizing<String> {
    let mut shown = Zeroizing::new(String::with_capacity(bytes.len() * GROWTH));
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|c| push(&mut shown, c));
        if !chunk.invalid().is_empty() {
            shown.push(char::REPLACEMENT_CHARACTER);
        }
    }
    shown
}

/// A value for a terminal: line feeds and tabs keep their meaning, bytes that are not UTF-8 become `\x{ff}`.
///
/// The result is wiped on drop, and never moves while it grows.
pub fn value(bytes: &[u8]) -> Zeroizing<String> {
    let mut shown = Zeroizing::new(String::with_capacity(bytes.len() * GROWTH));
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if matches!(c, '\n' | '\t') { shown.push(c) } else { push(&mut shown, c) }
        }
        for byte in chunk.invalid() {
            append(&mut shown, format_args!("\\x{{{byte:02x}}}"));
        }
    }
    shown
}

/// Whether a terminal may act on the character, or show nothing for it.
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn push(shown: &mut String, c: char) {
    match c {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        c if is_harmful(c) => append(shown, format_args!("\\u{{{:x}}}", u32::from(c))),
        c => shown.push(c),
    }
}

fn append(shown: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = shown.write_fmt(arguments);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn control_sequences_are_spelled_out() {
        assert_eq!(line("a\x1b]52;c;eA==\x07b"), "a\\u{1b}]52;c;eA==\\u{7}b");
        assert_eq!(line("\u{9b}31m\r\n\t\u{7f}"), "\\u{9b}31m\\r\\n\\t\\u{7f}");
        assert_eq!(line("left\u{202e}thgir\u{2028}"), "left\\u{202e}thgir\\u{2028}");
        assert_eq!(line("grün 漢字 🦀"), "grün 漢字 🦀");
    }

    #[test]
    fn a_value_keeps_its_lines_and_shows_foreign_bytes() {
        assert_eq!(*value(b"one\n\ttwo\r\x1b[0m\xff"), "one\n\ttwo\\r\\u{1b}[0m\\x{ff}");
    }

    proptest! {
        #[test]
        fn no_control_character_survives_a_line(text in any::<String>()) {
            prop_assert!(!line(&text).chars().any(is_harmful));
        }

        #[test]
        fn no_control_byte_survives_a_value(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let shown = value(&bytes);
            prop_assert!(!shown.chars().any(|c| is_harmful(c) && c != '\n' && c != '\t'));
            prop_assert!(shown.len() <= bytes.len() * GROWTH, "the buffer would have moved");
            let one = value_line(&bytes);
            prop_assert!(one.len() <= bytes.len() * GROWTH, "the buffer would have moved");
            prop_assert_eq!(&*one, &line(&String::from_utf8_lossy(&bytes)));
        }

        #[test]
        fn plain_text_stays_as_it_is(text in "[ -~äöü€漢]{0,40}") {
            prop_assert_eq!(&line(&text), &text);
        }
    }
}
