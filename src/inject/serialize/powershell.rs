//! PowerShell: single quotes, in which nothing but a quote is special, and a quote is any of five characters.

use super::refusal::Pieces;

pub(super) fn write(name: &str, value: &str, push: Pieces<'_>) {
    push(b"$env:");
    push(name.as_bytes());
    push(b" = '");
    let mut buffer = [0; 4];
    for c in value.chars() {
        let bytes = c.encode_utf8(&mut buffer).as_bytes();
        push(bytes);
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            push(bytes);
        }
    }
    push(b"'\n");
}
