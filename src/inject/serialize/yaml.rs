//! A member of a YAML mapping. The key is quoted too: `NO` and `Y` are booleans to some readers.

use super::pieces::Pieces;
use crate::inject::quoted;

pub(super) fn write(name: &str, value: &str, to: &mut Pieces) {
    to.texts(&["\"", name, "\": ", &quoted::whole(value), "\n"]);
}
