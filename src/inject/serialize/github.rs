//! The file of `$GITHUB_ENV`: a value over several lines between two lines with a word that nobody can foresee, so that no
//! value can end itself and set another variable.

use super::refusal::{Pieces, Refusal};

pub(super) fn write(
    name: &str,
    value: &str,
    random: &mut dyn FnMut() -> String,
    push: Pieces<'_>,
) -> Result<(), Refusal> {
    if name == "NODE_OPTIONS" || name.starts_with("GITHUB_") || name.starts_with("RUNNER_") {
        return Err(Refusal::Name);
    }
    // The reader takes a carriage return at the very end for a part of the line's end.
    if value.ends_with('\r') {
        return Err(Refusal::LineBreak);
    }
    let mut word = random();
    while value.contains(&word) {
        word = random();
    }
    for piece in [name, "<<", &word, "\n", value, "\n", &word, "\n"] {
        push(piece.as_bytes());
    }
    Ok(())
}
