//! Terraform's `.tfvars`. `${` and `%{` begin a template in a quoted text, so their first character is escaped.

use super::pieces::Pieces;
use crate::inject::quoted;

pub(super) fn write(name: &str, value: &str, to: &mut Pieces) {
    let is_template = |c: char, next: Option<char>| matches!(c, '$' | '%') && next == Some('{');
    to.texts(&[name, " = \"", &quoted::inner(value, is_template), "\"\n"]);
}
