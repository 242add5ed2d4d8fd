//! Shells: single quotes, inside which nothing is special to a POSIX shell, and two characters to fish. Bytes stay
//! bytes.

use super::pieces::Pieces;
use crate::model::shell::QUOTE;

/// `export NAME='…'`.
pub(super) fn posix(name: &str, value: &[u8], to: &mut Pieces) {
    to.texts(&["export ", name, "='"]);
    to.escaped(value, |byte| (byte == b'\'').then_some(QUOTE));
    to.texts(&["'\n"]);
}

/// `set -gx NAME '…'`.
pub(super) fn fish(name: &str, value: &[u8], to: &mut Pieces) {
    to.texts(&["set -gx ", name, " '"]);
    to.escaped(value, |byte| match byte {
        b'\'' => Some("\\'"),
        b'\\' => Some("\\\\"),
        _ => None,
    });
    to.texts(&["'\n"]);
}
