//! The version of a key, as documents name it: a number in format 1, 16 hexadecimal digits in format 2.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use crate::format::emit::Emitter;
use crate::model::format::Format;

/// Hexadecimal digits of a version.
const DIGITS: usize = 16;

/// The version of a key in either form; 0 where there is no key.
#[derive(Clone, Copy)]
pub(super) struct KeyVersionNumber(pub(super) u64);

/// Writes the version of the key that seals a value; 0 for a plain one.
pub(super) fn emit_key_version(out: &mut Emitter, format: Format, number: u64) {
    match format {
        Format::V1 => out.number("key_version", number),
        Format::V2 => out.text("key_version", &version_text(number)),
    }
}

/// The text of a version in format 2.
pub(super) fn version_text(number: u64) -> String {
    if number == 0 { String::new() } else { format!("{number:016x}") }
}

impl<'de> Deserialize<'de> for KeyVersionNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Forms;
        impl Visitor<'_> for Forms {
            type Value = KeyVersionNumber;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key version")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                Ok(KeyVersionNumber(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                let number = match text.len() {
                    0 => Some(0),
                    DIGITS => u64::from_str_radix(text, 16).ok(),
                    _ => None,
                };
                number.map(KeyVersionNumber).ok_or_else(|| E::custom("not a key version"))
            }
        }
        deserializer.deserialize_any(Forms)
    }
}
