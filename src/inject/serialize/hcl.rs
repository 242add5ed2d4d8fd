//! Terraform's `.tfvars`. `${` and `%{` begin a template in a quoted text, so their first character is escaped.

use super::refusal::Pieces;
use crate::inject::quoted;

pub(super) fn write(name: &str, value: &str, push: Pieces<'_>) {
    let is_template = |c: char, next: Option<char>| matches!(c, '$' | '%') && next == Some('{');
    push(name.as_bytes());
    push(b" = \"");
    push(quoted::inner(value, is_template).as_bytes());
    push(b"\"\n");
}
