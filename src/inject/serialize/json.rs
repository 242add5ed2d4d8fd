//! A member of a JSON object, on a line of its own.

use super::pieces::Pieces;
use crate::inject::quoted;

pub(super) fn write(name: &str, value: &str, to: &mut Pieces) {
    to.texts(&["\n  \"", name, "\": ", &quoted::whole(value)]);
}
