//! Java properties: Latin-1 with backslashes; everything beyond ASCII is written as UTF-16 units.

use std::fmt::Write;

use zeroize::Zeroizing;

use super::pieces::Pieces;

pub(super) fn write(name: &str, value: &str, to: &mut Pieces) {
    // A unit of UTF-16 takes six characters, and no byte of UTF-8 is more than one unit.
    let mut text = Zeroizing::new(String::with_capacity(value.len() * 6));
    for c in value.chars() {
        match c {
            '\\' | ':' | '=' | '#' | '!' | ' ' => {
                text.push('\\');
                text.push(c);
            }
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            ' '..='~' => text.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(text, "\\u{unit:04x}");
                }
            }
        }
    }
    to.texts(&[name, "=", &text, "\n"]);
}
