//! JSON: a value in a string is escaped, one outside a string must itself be JSON.

use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use super::tracker::{Mismatch, Tracker};
use crate::inject::quoted;

/// Whether the current position is in a string, and after a backslash.
#[derive(Default)]
pub(super) struct Json {
    in_string: bool,
    after_backslash: bool,
}

impl Tracker for Json {
    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                _ if self.after_backslash => self.after_backslash = false,
                '\\' if self.in_string => self.after_backslash = true,
                '"' => self.in_string = !self.in_string,
                _ => {}
            }
        }
    }

    fn fit(&mut self, value: &str, _: &str) -> Result<Zeroizing<String>, Mismatch> {
        if self.in_string {
            return Ok(quoted::inner(value, |_, _| false));
        }
        match serde_json::from_str::<IgnoredAny>(value) {
            Ok(_) => Ok(Zeroizing::new(value.to_owned())),
            Err(_) => Err(Mismatch::NotJson),
        }
    }
}
