//! A key of TOML with a basic string.

use super::refusal::Pieces;
use crate::inject::quoted;

pub(super) fn write(name: &str, value: &str, push: Pieces<'_>) {
    push(name.as_bytes());
    push(b" = ");
    push(quoted::whole(value).as_bytes());
    push(b"\n");
}
