//! The file of `$GITHUB_ENV`: a multi-line value between two lines with an unpredictable word, so that no value can end
//! early and set another variable.

use super::pieces::Pieces;
use super::refusal::Refusal;

pub(super) fn write(
    name: &str,
    value: &str,
    random: &mut dyn FnMut() -> String,
    to: &mut Pieces,
) -> Result<(), Refusal> {
    if name == "NODE_OPTIONS" || name.starts_with("GITHUB_") || name.starts_with("RUNNER_") {
        return Err(Refusal::Name);
    }
    // The reader treats a trailing carriage return as part of the line ending.
    if value.ends_with('\r') {
        return Err(Refusal::LineBreak);
    }
    let mut word = random();
    while value.contains(&word) {
        word = random();
    }
    to.texts(&[name, "<<", &word, "\n", value, "\n", &word, "\n"]);
    Ok(())
}
