//! A plaintext that cannot be shown by accident and is wiped on drop.

use std::fmt;

use zeroize::Zeroizing;

/// The plaintext bytes of one value. Neither content nor length is ever printed.
///
/// No `Clone`, no `Display`, no `Serialize`: use [`SecretValue::reveal`] to get the bytes.
pub struct SecretValue(Zeroizing<Vec<u8>>);

impl SecretValue {
    /// Wraps bytes that are already wiped on drop.
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        SecretValue(bytes)
    }

    /// Wraps a text.
    pub fn from_text(text: String) -> Self {
        SecretValue(Zeroizing::new(text.into_bytes()))
    }

    /// Wraps a text that is already wiped on drop.
    pub(crate) fn of_text(mut text: Zeroizing<String>) -> Self {
        SecretValue::from_text(std::mem::take(&mut *text))
    }

    /// The plaintext. The surrounding code should make its destination clear.
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
