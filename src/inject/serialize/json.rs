//! A member of a JSON object, on a line of its own.

use super::refusal::Pieces;
use crate::inject::quoted;

pub(super) fn write(name: &str, value: &str, push: Pieces<'_>) {
    push(b"\n  \"");
    push(name.as_bytes());
    push(b"\": ");
    push(quoted::whole(value).as_bytes());
}
