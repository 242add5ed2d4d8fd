//! Shells: single quotes, inside which nothing is special to a POSIX shell, and two characters to fish. Bytes stay
//! bytes.

use super::refusal::Pieces;
use crate::model::shell::QUOTE;

/// `export NAME='…'`.
pub(super) fn posix(name: &str, value: &[u8], push: Pieces<'_>) {
    push(b"export ");
    push(name.as_bytes());
    push(b"='");
    escaped(value, |byte| (byte == b'\'').then_some(QUOTE.as_bytes()), push);
    push(b"'\n");
}

/// `set -gx NAME '…'`.
pub(super) fn fish(name: &str, value: &[u8], push: Pieces<'_>) {
    push(b"set -gx ");
    push(name.as_bytes());
    push(b" '");
    let escape = |byte| match byte {
        b'\'' => Some(b"\\'".as_slice()),
        b'\\' => Some(b"\\\\".as_slice()),
        _ => None,
    };
    escaped(value, escape, push);
    push(b"'\n");
}

/// Copies unescaped stretches as one piece each, with the escapes in between.
pub(super) fn escaped<'e>(value: &[u8], escape: impl Fn(u8) -> Option<&'e [u8]>, push: Pieces<'_>) {
    let mut start = 0;
    for (at, byte) in value.iter().enumerate() {
        if let Some(replacement) = escape(*byte) {
            push(&value[start..at]);
            push(replacement);
            start = at + 1;
        }
    }
    push(&value[start..]);
}
