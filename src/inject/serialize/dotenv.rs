//! `.env` files. There is no standard: python-dotenv, dotenv of Node and the others differ in escapes and expansion.
//! What is written here is read the same way by all of them; a value that has no common form is refused.

use super::refusal::{Pieces, Refusal};

pub(super) fn write(name: &str, value: &str, push: Pieces<'_>) -> Result<(), Refusal> {
    if value.contains("${") {
        return Err(Refusal::Expansion);
    }
    // Node turns every carriage return of a file into a line feed; both decode `\r` in double quotes.
    let returns = value.contains('\r');
    let single = !value.contains('\'') && !value.contains("\\\\") && !value.ends_with('\\') && !returns;
    let double = !value.contains('"') && !value.contains('\\');
    push(name.as_bytes());
    push(b"=");
    match (single, double) {
        (true, _) => {
            push(b"'");
            push(value.as_bytes());
            push(b"'\n");
        }
        (false, true) => {
            push(b"\"");
            for (number, part) in value.split('\r').enumerate() {
                push(if number == 0 { b"" } else { b"\\r" });
                push(part.as_bytes());
            }
            push(b"\"\n");
        }
        (false, false) => return Err(Refusal::Quotes),
    }
    Ok(())
}
