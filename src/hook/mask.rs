//! Values taken out of what a hook says, before anything keeps or shows it.
//!
//! Found are the values of a call whole, line by line and, where a value is JSON, by each of its texts; each plain and in the
//! forms that programs print by habit: as JSON, percent-encoded and as base64. A hook that changes a value in another way
//! before it prints it cannot be caught.

use std::fmt;

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use crate::model::hook::HookCall;
use crate::model::value::SecretValue;

/// What stands in the place of a value.
const MASK: &[u8] = b"***";

/// A part of a value that is shorter is no secret by itself, and masking it would garble every message.
const SHORTEST_PART: usize = 4;

type Text = Zeroizing<Vec<u8>>;

/// All texts that must not be kept, in order, each once.
pub(super) struct Mask {
    texts: Vec<Text>,
}

impl Mask {
    /// A mask for the values of a call.
    pub(super) fn of(call: &HookCall) -> Mask {
        let mut mask = Mask { texts: Vec::new() };
        for version in [&call.current, &call.pending, &call.previous, &call.admin].into_iter().flatten() {
            mask.add(&version.value);
        }
        mask
    }

    /// Masks one more value.
    pub(super) fn add(&mut self, value: &SecretValue) {
        let bytes = value.reveal();
        self.add_forms(bytes);
        if let Ok(Parts(parts)) = serde_json::from_slice(bytes) {
            for part in &parts {
                self.add_part(part);
            }
        }
        if bytes.contains(&b'\n') {
            bytes.split(|byte| *byte == b'\n').for_each(|line| self.add_part(line.trim_ascii()));
        }
        self.texts.sort_unstable_by(|one, other| one[..].cmp(&other[..]));
        self.texts.dedup();
    }

    /// The length of the longest text. Whoever cuts output keeps so many bytes more, or half a value slips through.
    pub(super) fn longest(&self) -> usize {
        self.texts.iter().map(|text| text.len()).max().unwrap_or(0)
    }

    /// `output` from the byte `start` on, with stars for every value in it. What overlaps is masked as one.
    pub(super) fn apply(&self, output: &[u8], start: usize) -> String {
        let mut shown = Vec::with_capacity(output.len().saturating_sub(start));
        let (mut covered, mut in_mask) = (0, false);
        for at in 0..output.len() {
            covered = covered.max(at + self.longest_at(&output[at..]));
            if at < start {
                continue;
            }
            if at >= covered {
                shown.push(output[at]);
            } else if !in_mask {
                shown.extend_from_slice(MASK);
            }
            in_mask = at < covered;
        }
        String::from_utf8_lossy(&shown).into_owned()
    }

    /// How long the longest text is that `output` begins with.
    fn longest_at(&self, output: &[u8]) -> usize {
        let Some(&first) = output.first() else { return 0 };
        let second = output.get(1).copied();
        // Texts are in order, so that those with the same first two bytes lie together.
        let key = |text: &Text| (text[0], text.get(1).copied());
        let from = self.texts.partition_point(|text| key(text) < (first, None));
        let single = self.texts[from..].iter().take_while(|text| key(text) == (first, None));
        let from = self.texts.partition_point(|text| key(text) < (first, second));
        let same = self.texts[from..].iter().take_while(|text| key(text) == (first, second));
        single.chain(same).filter(|text| output.starts_with(text)).map(|text| text.len()).max().unwrap_or(0)
    }

    fn add_part(&mut self, part: &[u8]) {
        if part.len() >= SHORTEST_PART {
            self.add_forms(part);
        }
    }

    fn add_forms(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let encoded = [BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD].map(|base| base.encode(bytes).into_bytes());
        self.texts.extend(encoded.into_iter().map(Zeroizing::new));
        if let Ok(text) = std::str::from_utf8(bytes) {
            let once = as_json(text);
            self.texts.extend(std::str::from_utf8(&once).map(as_json));
            self.texts.push(once);
        }
        self.texts.extend([percent(bytes, HEX_UPPER, b"%20"), percent(bytes, HEX_LOWER, b"+")]);
        self.texts.push(Zeroizing::new(bytes.to_vec()));
    }
}

const HEX_UPPER: &[u8; 16] = b"0123456789ABCDEF";
const HEX_LOWER: &[u8; 16] = b"0123456789abcdef";

/// The text as it stands in JSON, without the quotes.
fn as_json(text: &str) -> Text {
    // A control character becomes six, so the buffer never grows.
    let mut quoted = Zeroizing::new(Vec::with_capacity(text.len() * 6 + 2));
    // Writing to memory cannot fail.
    let _ = serde_json::to_writer(&mut *quoted, text);
    let end = quoted.len().saturating_sub(1);
    Zeroizing::new(quoted.get(1..end).unwrap_or_default().to_vec())
}

/// The bytes as a URL has them.
fn percent(bytes: &[u8], hex: &[u8; 16], space: &[u8]) -> Text {
    let mut text = Zeroizing::new(Vec::with_capacity(bytes.len() * 3));
    for byte in bytes {
        match byte {
            b' ' => text.extend_from_slice(space),
            b'-' | b'.' | b'_' | b'~' => text.push(*byte),
            _ if byte.is_ascii_alphanumeric() => text.push(*byte),
            _ => text.extend([b'%', hex[usize::from(byte >> 4)], hex[usize::from(byte & 15)]]),
        }
    }
    text
}

/// The texts in a JSON document, without the names of fields.
struct Parts(Vec<Text>);

impl<'de> Deserialize<'de> for Parts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Collect)
    }
}

struct Collect;

impl<'de> Visitor<'de> for Collect {
    type Value = Parts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Parts, E> {
        Ok(Parts(vec![Zeroizing::new(text.as_bytes().to_vec())]))
    }

    fn visit_unit<E: Error>(self) -> Result<Parts, E> {
        Ok(Parts(Vec::new()))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Parts, E> {
        self.visit_unit()
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Parts, E> {
        self.visit_unit()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Parts, E> {
        self.visit_unit()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Parts, E> {
        self.visit_unit()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Parts, A::Error> {
        let mut all = Vec::new();
        while let Some(Parts(parts)) = items.next_element()? {
            all.extend(parts);
        }
        Ok(Parts(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Parts, A::Error> {
        let mut all = Vec::new();
        while let Some((IgnoredAny, Parts(parts))) = fields.next_entry()? {
            all.extend(parts);
        }
        Ok(Parts(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(values: &[&str]) -> Mask {
        let mut mask = Mask { texts: Vec::new() };
        for value in values {
            mask.add(&SecretValue::from_text((*value).into()));
        }
        mask
    }

    fn masked(values: &[&str], output: &str) -> String {
        mask(values).apply(output.as_bytes(), 0)
    }

    #[test]
    fn values_and_their_usual_forms_are_masked() {
        let value = "p\"ä s/1";
        for form in [value, "cCLDpCBzLzE=", "cCLDpCBzLzE", "p%22%C3%A4%20s%2F1", "p%22%c3%a4+s%2f1", r#"p\"ä s/1"#] {
            assert_eq!(masked(&[value], &format!("login with <{form}> failed")), "login with <***> failed", "{form}");
        }
        assert_eq!(masked(&[value], "nothing here"), "nothing here");
    }

    #[test]
    fn texts_inside_json_are_masked_but_not_what_is_short_or_a_name() {
        let value = r#"{"password":"hunter2","nested":[{"more":"k\"ey9"}],"db":"app","port":5432}"#;
        let said = r#"password hunter2, k"ey9, db app at 5432, again k\"ey9 and k\\\"ey9"#;
        assert_eq!(masked(&[value], said), "password ***, ***, db app at 5432, again *** and ***");
        assert_eq!(masked(&[value], value), "***");
    }

    #[test]
    fn lines_of_a_long_value_are_masked_by_themselves() {
        assert_eq!(masked(&["-- BEGIN\r\nabcdef\n"], "bad line abcdef"), "bad line ***");
        assert_eq!(masked(&["hunter2\n"], "with hunter2!"), "with ***!");
    }

    #[test]
    fn overlapping_values_leave_nothing_between_them() {
        assert_eq!(masked(&["abcdef", "defghi"], "<abcdefghi>"), "<***>");
        assert_eq!(masked(&["abc", "abcdef"], "<abcdef> <abcd>"), "<***> <***d>");
        assert_eq!(masked(&["a"], "banana"), "b***n***n***");
    }

    #[test]
    fn a_value_that_begins_before_the_cut_is_masked_after_it() {
        let mask = mask(&["hunter2"]);
        assert_eq!(mask.apply(b"xx hunter2 yy", 6), "*** yy");
        assert!(mask.longest() >= 7);
    }
}
