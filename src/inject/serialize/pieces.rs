//! A text that is written piece by piece. Each is wiped.

use zeroize::Zeroizing;

/// The pieces of a text, in their order.
#[derive(Default)]
pub(super) struct Pieces(Vec<Zeroizing<Vec<u8>>>);

impl Pieces {
    /// Adds bytes.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.push(Zeroizing::new(bytes.to_vec()));
    }

    /// Adds texts.
    pub(super) fn texts(&mut self, texts: &[&str]) {
        for text in texts {
            self.bytes(text.as_bytes());
        }
    }

    /// Adds bytes with escapes: a stretch without any is one piece.
    pub(super) fn escaped<'e>(&mut self, value: &[u8], escape: impl Fn(u8) -> Option<&'e str>) {
        let mut start = 0;
        for (at, byte) in value.iter().enumerate() {
            if let Some(replacement) = escape(*byte) {
                self.bytes(&value[start..at]);
                self.texts(&[replacement]);
                start = at + 1;
            }
        }
        self.bytes(&value[start..]);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|piece| piece.as_slice())
    }
}
