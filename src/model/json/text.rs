//! A text in a JSON document.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::model::escaped;

/// A string that is wiped on drop. It can be read only if the whole document is in memory.
pub(crate) struct Text(pub Zeroizing<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let part = <&RawValue>::deserialize(deserializer)?;
        read_text(part).map(Text).ok_or_else(|| D::Error::custom("not a text"))
    }
}

/// The content of a part of a document, if it is a string. Half of a surrogate pair makes it invalid.
pub(crate) fn read_text(part: &RawValue) -> Option<Zeroizing<String>> {
    let inner = part.get().strip_prefix('"')?.strip_suffix('"')?;
    escaped::read(inner, |c| if c == 'b' { '\u{8}' } else { c })
}

/// Writes a text with its quotes. Where there is room for [`longest`], nothing is copied elsewhere.
pub(crate) fn write_text(buffer: &mut Vec<u8>, text: &str) {
    // Writing to memory cannot fail.
    let _ = serde_json::to_writer(buffer, text);
}

/// The maximum length of the result, in bytes: the longest escape of one byte has six.
pub(crate) fn longest(text: &str) -> usize {
    text.len() * 6 + 2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &str) -> Option<String> {
        serde_json::from_str(json).ok().map(|Text(text)| text.to_string())
    }

    #[test]
    fn whatever_is_no_text_is_refused() {
        for json in ["7", "null", "[\"x\"]", "{}", "", "\"", "\"a\"b\"", r#""\ud83d""#, r#""\q""#] {
            assert_eq!(read(json), None, "{json}");
        }
        assert!(serde_json::from_str::<Option<Text>>("null").is_ok_and(|text| text.is_none()));
    }

    proptest! {
        /// Pieces of texts, most of them good: the parser and this reader take the same ones, and read the same.
        #[test]
        fn a_text_is_read_as_the_parser_reads_it(
            pieces in prop::collection::vec(
                prop_oneof![
                    "\\PC{0,4}",
                    r#"\\["\\/bfnrtuq]"#,
                    r"\\u[0-9a-fA-F]{4}",
                    r"\\u[dD][89a-fA-F][0-9a-f]{2}",
                    r"\\ud83d\\ude0[0-9a-f]",
                    "[\0-\u{20}]?",
                ],
                0..8,
            )
        ) {
            let json = format!(" \"{}\"\n", pieces.concat());
            prop_assert_eq!(read(&json), serde_json::from_str::<String>(&json).ok());
        }

        #[test]
        fn what_the_parser_writes_is_read_back_into_a_buffer_that_does_not_grow(text in "(\\PC|[\0-\u{a0}\"\\\\]){0,20}") {
            let json = serde_json::to_string(&text).unwrap();
            let Text(read) = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(&*read, &text);
            prop_assert_eq!(read.capacity(), json.len() - 2);
        }
    }
}
