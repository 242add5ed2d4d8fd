//! Whether a head states the length of its body in two ways: what reads it keeps one of them silently.

/// How much of each line is kept: the longer of the two names, and its colon.
const KEPT: usize = 18;

/// What was seen of a head.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Framing {
    line: [u8; KEPT],
    length: usize,
    has_length: bool,
    has_coding: bool,
    is_over: bool,
}

impl Framing {
    /// Reads the next bytes. Those after the end of the head are no part of it.
    pub(super) fn read(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.is_over {
                return;
            }
            match byte {
                b'\r' => {}
                b'\n' => self.end_line(),
                _ => {
                    if let Some(place) = self.line.get_mut(self.length) {
                        *place = byte.to_ascii_lowercase();
                    }
                    self.length += 1;
                }
            }
        }
    }

    /// Whether both are there.
    pub(super) fn is_ambiguous(self) -> bool {
        self.has_length && self.has_coding
    }

    fn end_line(&mut self) {
        self.is_over = self.length == 0;
        let line = &self.line[..self.length.min(KEPT)];
        self.has_length |= line.starts_with(b"content-length:");
        self.has_coding |= line.starts_with(b"transfer-encoding:");
        self.length = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_lengths_are_seen_however_the_bytes_arrive() {
        let read = |text: &str, size: usize| {
            let mut framing = Framing::default();
            text.as_bytes().chunks(size).for_each(|chunk| framing.read(chunk));
            framing.is_ambiguous()
        };
        let both = "POST / HTTP/1.1\r\nContent-Length: 2\r\nTRANSFER-ENCODING: chunked\r\n\r\n";
        let one = "POST / HTTP/1.1\r\nContent-Length: 2\r\nX: transfer-encoding: chunked\r\n\r\nTransfer-Encoding: chunked\r\n";
        for size in [1, 7, 1000] {
            assert!(read(both, size), "{size}");
            assert!(!read(one, size), "{size}");
        }
    }
}
