//! A member of a YAML mapping. The key is quoted too: `NO` and `Y` are booleans to some readers.

use super::refusal::Pieces;
use crate::inject::quoted;

pub(super) fn write(name: &str, value: &str, push: Pieces<'_>) {
    push(b"\"");
    push(name.as_bytes());
    push(b"\": ");
    push(quoted::whole(value).as_bytes());
    push(b"\n");
}
