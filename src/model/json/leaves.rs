//! The leaves of a JSON document: its strings, and numbers that are long enough to be a secret.

use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::members::EveryMember;
use super::text::read_text;

/// Nobody writes documents that are nested more deeply.
const DEEPEST: usize = 64;

/// A shorter number is a port, a year or a count.
const SHORTEST_NUMBER: usize = 8;

/// The leaves of `bytes`, without the names of members. Anything that is not JSON has none.
pub(in crate::model) fn of(bytes: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let mut leaves = Vec::new();
    if let Ok(document) = serde_json::from_slice(bytes) {
        collect(document, DEEPEST, &mut leaves);
    }
    leaves
}

/// Goes `depth` levels down.
fn collect(node: &RawValue, depth: usize, leaves: &mut Vec<Zeroizing<Vec<u8>>>) {
    let text = node.get();
    let Some(below) = depth.checked_sub(1) else { return };
    match text.as_bytes().first() {
        Some(b'{') => {
            let Ok(EveryMember::<IgnoredAny>(members)) = serde_json::from_str(text) else { return };
            for (_, member) in members {
                collect(member, below, leaves);
            }
        }
        Some(b'[') => {
            let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(text) else { return };
            for element in elements {
                collect(element, below, leaves);
            }
        }
        Some(b'"') => {
            leaves.extend(read_text(node).map(|mut text| Zeroizing::new(std::mem::take(&mut *text).into_bytes())));
        }
        Some(b'-' | b'0'..=b'9') if text.len() >= SHORTEST_NUMBER => {
            leaves.push(Zeroizing::new(text.as_bytes().to_vec()));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(text: &str) -> Vec<String> {
        of(text.as_bytes()).iter().map(|leaf| String::from_utf8(leaf.to_vec()).unwrap()).collect()
    }

    #[test]
    fn texts_and_long_numbers_are_leaves_wherever_they_are() {
        let text =
            r#" {"a":"x","a":"y","b":["z",{"c":"\u00e4\n"}],"d":12345678901234567890,"e":5432,"f":true,"g":null} "#;
        assert_eq!(leaves(text), ["x", "y", "z", "ä\n", "12345678901234567890"]);
        assert_eq!(leaves("\"text\""), ["text"]);
        assert_eq!(leaves("1234567890"), ["1234567890"]);
    }

    #[test]
    fn what_is_not_json_has_no_leaves() {
        for text in ["", "hunter2", "{\"a\":\"b\"", "{\"a\":\"b\"} x", "[\"\\ud800\"]"] {
            assert!(leaves(text).is_empty(), "{text}");
        }
        assert!(of(b"\"\xff\"").is_empty());
        assert!(leaves(&format!("{}\"x\"{}", "[".repeat(50_000), "]".repeat(50_000))).is_empty());
    }
}
