//! Base64 of this format: standard alphabet, padded, one text for each sequence of bytes (FORMAT.md).

use data_encoding::{BASE64, DecodeError, DecodeKind};

/// The bytes of a text. Refuses anything that [`BASE64`] would not have written.
pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, DecodeError> {
    check(text)?;
    BASE64.decode(text)
}

/// Like [`decode`], into a buffer of the length that `BASE64.decode_len` returns. Returns the number of bytes.
pub(super) fn decode_mut(text: &[u8], place: &mut [u8]) -> Result<usize, DecodeError> {
    check(text)?;
    BASE64.decode_mut(text, place).map_err(|partial| partial.error)
}

/// The decoder accepts several padded texts in a row as one, so padding before the last two characters is refused here.
fn check(text: &[u8]) -> Result<(), DecodeError> {
    let body = &text[..text.len().saturating_sub(2)];
    match body.iter().position(|byte| *byte == b'=') {
        Some(position) => Err(DecodeError { position, kind: DecodeKind::Padding }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_in_a_row_are_not_one() {
        for text in ["AA==AAAA", "AAA=AAAA", "AA==AA==", "AA==AAA="] {
            assert!(BASE64.decode(text.as_bytes()).is_ok(), "{text} would be taken");
            assert!(decode(text.as_bytes()).is_err(), "{text}");
        }
        for text in ["AB==", "AAB=", "AA=", "AA=A", "A===", "====", "AA\n==", "AA"] {
            assert!(decode(text.as_bytes()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn one_text_for_each_sequence_of_bytes(text in "[A-Ca-c/+=]{0,12}") {
            if let Ok(bytes) = decode(text.as_bytes()) {
                prop_assert_eq!(BASE64.encode(&bytes), text);
            }
        }

        #[test]
        fn what_was_encoded_is_decoded(bytes in proptest::collection::vec(any::<u8>(), 0..70)) {
            prop_assert_eq!(decode(BASE64.encode(&bytes).as_bytes()), Ok(bytes));
        }
    }
}
