//! A key of TOML with a basic string.

use super::pieces::Pieces;
use crate::inject::quoted;

pub(super) fn write(name: &str, value: &str, to: &mut Pieces) {
    to.texts(&[name, " = ", &quoted::whole(value), "\n"]);
}
