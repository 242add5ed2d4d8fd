//! A plaintext, held so that it cannot be shown by accident and is wiped when it goes.

use std::fmt;

use zeroize::Zeroizing;

/// The plaintext bytes of one value. Neither content nor length is ever printed.
///
/// No `Clone`, no `Display`, no `Serialize`: whoever needs the bytes calls [`SecretValue::reveal`].
pub struct SecretValue(Zeroizing<Vec<u8>>);

impl SecretValue {
    /// Takes over bytes that are already wiped on drop.
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        SecretValue(bytes)
    }

    /// Takes over a text.
    pub fn from_text(text: String) -> Self {
        SecretValue(Zeroizing::new(text.into_bytes()))
    }

    /// Takes over a text that is already wiped on drop.
    pub fn of_text(mut text: Zeroizing<String>) -> Self {
        SecretValue::from_text(std::mem::take(&mut *text))
    }

    /// The plaintext. Name the destination in the code around it.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }

    /// The plaintext as text, where it is UTF-8.
    pub fn reveal_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_neither_content_nor_length() {
        let shown = format!("{:?}", SecretValue::from_text("hunter2".into()));
        assert_eq!(shown, "SecretValue(..)");
    }
}
