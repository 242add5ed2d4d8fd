//! `docker run --env-file`: everything after the first `=` up to the end of the line, without any quoting.

use super::pieces::Pieces;
use super::refusal::Refusal;

/// docker reads lines into a buffer of this size.
const LINE: usize = 65_536;

pub(super) fn write(name: &str, value: &str, to: &mut Pieces) -> Result<(), Refusal> {
    if value.contains(['\n', '\r']) {
        return Err(Refusal::LineBreak);
    }
    if name.len() + value.len() + 2 >= LINE {
        return Err(Refusal::TooLong);
    }
    to.texts(&[name, "=", value, "\n"]);
    Ok(())
}
