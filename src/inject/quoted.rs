//! Double-quoted strings with backslashes that JSON, YAML, TOML and HCL all read in the same way.

use std::fmt::Write;

use zeroize::Zeroizing;

/// The text between the quotes. Only escapes common to all four are used; characters that one of them does not accept
/// unescaped become `\uXXXX`, and so does each character that `more` selects.
pub(crate) fn inner(text: &str, more: impl Fn(char, Option<char>) -> bool) -> Zeroizing<String> {
    // The longest escape of one byte has six.
    let mut quoted = Zeroizing::new(String::with_capacity(text.len() * 6));
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if is_unprintable(c) || more(c, chars.peek().copied()) => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted
}

/// The text with its quotes.
pub(crate) fn whole(text: &str) -> Zeroizing<String> {
    Zeroizing::new(["\"", &inner(text, |_, _| false), "\""].concat())
}

/// Control characters, line separators, and what YAML treats as a line separator or byte order mark. All of them fit
/// into four digits.
pub(super) fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_json_parser_reads_the_same(text in "(\\PC|[\0-\u{a0}\u{2028}\u{feff}\u{1f600}\"\\\\]){0,20}") {
            let read: String = serde_json::from_str(&whole(&text)).unwrap();
            prop_assert_eq!(read, text);
        }
    }
}
