//! Files of text that other programs wrote.

/// Why bytes are not text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TextError {
    /// As Windows writes it, with a byte order mark or without.
    #[error("UTF-16 text, not UTF-8")]
    Utf16,
    /// Anything else.
    #[error("not UTF-8 text")]
    Other,
}

/// The text, with its byte order mark if it has one.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, TextError> {
    if is_utf16(bytes) {
        return Err(TextError::Utf16);
    }
    std::str::from_utf8(bytes).map_err(|_| TextError::Other)
}

/// A text without its byte order mark.
pub(crate) fn unmarked(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// By its byte order mark, or by two characters of ASCII at its beginning.
fn is_utf16(bytes: &[u8]) -> bool {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [a, 0, b, 0, ..] | [0, a, 0, b, ..] => *a != 0 && *b != 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_windows_is_recognised() {
        for bytes in [&b"\xff\xfeA\0=\0"[..], b"\xfe\xff\0A\0=", b"A\0=\0x\0", b"\0A\0="] {
            assert_eq!(text(bytes), Err(TextError::Utf16), "{bytes:?}");
        }
        for bytes in [&b"\x80"[..], b"A=\xff"] {
            assert_eq!(text(bytes), Err(TextError::Other), "{bytes:?}");
        }
        for (bytes, expected) in [(&b""[..], ""), (b"\xef\xbb\xbfA=1", "A=1"), (b"A\0\0\0", "A\0\0\0")] {
            assert_eq!(text(bytes).map(unmarked), Ok(expected));
        }
    }
}
