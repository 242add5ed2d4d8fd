//! PowerShell: single quotes, in which nothing but a quote is special, and a quote is any of five characters.

use super::pieces::Pieces;

pub(super) fn write(name: &str, value: &str, to: &mut Pieces) {
    let is_quote = |c: char| matches!(c, '\'' | '\u{2018}'..='\u{201b}');
    to.texts(&["$env:", name, " = '"]);
    for piece in value.split_inclusive(is_quote) {
        let quote = piece.char_indices().next_back().filter(|(_, c)| is_quote(*c));
        to.texts(&[piece, quote.map_or("", |(at, _)| &piece[at..])]);
    }
    to.texts(&["'\n"]);
}
