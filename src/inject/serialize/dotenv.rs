//! `.env` files. There is no standard: python-dotenv, dotenv of Node and the others differ in escapes and expansion.
//! What is written here is read the same way by all of them; a value that has no common form is refused.

use super::pieces::Pieces;
use super::refusal::Refusal;

pub(super) fn write(name: &str, value: &str, to: &mut Pieces) -> Result<(), Refusal> {
    if value.contains("${") {
        return Err(Refusal::Expansion);
    }
    // Node turns every carriage return of a file into a line feed; both decode `\r` in double quotes.
    let returns = value.contains('\r');
    let single = !value.contains('\'') && !value.contains("\\\\") && !value.ends_with('\\') && !returns;
    let double = !value.contains('"') && !value.contains('\\');
    if single {
        to.texts(&[name, "='", value, "'\n"]);
    } else if double {
        to.texts(&[name, "=\""]);
        to.escaped(value.as_bytes(), |byte| (byte == b'\r').then_some("\\r"));
        to.texts(&["\"\n"]);
    } else {
        return Err(Refusal::Quotes);
    }
    Ok(())
}
