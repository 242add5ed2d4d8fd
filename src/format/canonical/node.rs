//! A document as serde sees it.

use std::borrow::Cow;

use serde::de::value::{BorrowedStrDeserializer, CowStrDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::reader::Reader;
use super::refusal::{Read, Refusal};
use crate::format::error::FormatError;

/// Reads fields of a document, from that line on. An error has the line and the cause, but nothing of the content.
///
/// Nesting needs no limit: only fields that `T` has are entered.
pub(in crate::format) fn parse<T: DeserializeOwned>(text: &str, line: usize) -> Result<T, FormatError> {
    let mut reader = Reader { rest: text, line };
    let fields = T::deserialize(Node { reader: &mut reader, column: 0, place: Place::Document });
    match fields {
        Ok(fields) if reader.rest.is_empty() => Ok(fields),
        Err(Refusal::UnknownField) => Err(FormatError::UnknownField { line: reader.line }),
        _ => Err(FormatError::Malformed { line: reader.line }),
    }
}

/// Something in the document, by its position.
struct Node<'r, 'de> {
    reader: &'r mut Reader<'de>,
    /// Where the name of the field begins, or the fields of the document or item.
    column: usize,
    place: Place,
}

#[derive(Clone, Copy)]
enum Place {
    /// The fields of the document.
    Document,
    /// After a field's colon, or below it.
    Field,
    /// After the dash of an item.
    Item,
}

impl<'de> Deserializer<'de> for Node<'_, 'de> {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        let Node { reader, column, place } = self;
        match place {
            Place::Document => visitor.visit_map(Fields { reader, column, begun: false }),
            Place::Item if reader.rest.starts_with('"') => text(reader, visitor),
            Place::Item => visitor.visit_map(Fields { reader, column, begun: true }),
            Place::Field if reader.take("\n") => {
                reader.line += 1;
                below(reader, column + 2, visitor)
            }
            Place::Field => {
                reader.expect(" ")?;
                behind(reader, column, visitor)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        visitor.visit_some(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// A list or a map on the lines below a field's name.
fn below<'de, V: Visitor<'de>>(reader: &mut Reader<'de>, column: usize, visitor: V) -> Read<V::Value> {
    if reader.is_item_at(column) {
        visitor.visit_seq(Items { reader, column })
    } else {
        visitor.visit_map(Fields { reader, column, begun: false })
    }
}

/// A value on the line of its field's name.
fn behind<'de, V: Visitor<'de>>(reader: &mut Reader<'de>, column: usize, visitor: V) -> Read<V::Value> {
    match reader.rest.as_bytes().first() {
        Some(b'"') => text(reader, visitor),
        Some(b'|') => {
            reader.expect("|")?;
            reader.end_line()?;
            visitor.visit_string(reader.literal(column + 2))
        }
        Some(b'[') => {
            reader.expect("[]")?;
            reader.end_line()?;
            visitor.visit_seq(Nothing)
        }
        Some(b'{') => {
            reader.expect("{}")?;
            reader.end_line()?;
            visitor.visit_map(Nothing)
        }
        Some(b'0'..=b'9') => {
            let number = reader.number()?;
            reader.end_line()?;
            visitor.visit_u64(number)
        }
        _ => {
            let flag = reader.take("true");
            if !flag {
                reader.expect("false")?;
            }
            reader.end_line()?;
            visitor.visit_bool(flag)
        }
    }
}

fn text<'de, V: Visitor<'de>>(reader: &mut Reader<'de>, visitor: V) -> Read<V::Value> {
    let text = reader.quoted()?;
    reader.end_line()?;
    match text {
        Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
        Cow::Owned(text) => visitor.visit_string(text),
    }
}

/// A map, each field on a line of its own.
struct Fields<'r, 'de> {
    reader: &'r mut Reader<'de>,
    column: usize,
    /// The first field is right here, after the dash of an item.
    begun: bool,
}

impl<'de> MapAccess<'de> for Fields<'_, 'de> {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Read<Option<K::Value>> {
        if !std::mem::take(&mut self.begun) {
            if !self.reader.is_at(self.column) || self.reader.is_item_at(self.column) {
                return Ok(None);
            }
            self.reader.rest = &self.reader.rest[self.column..];
        }
        let key = if self.reader.rest.starts_with('"') {
            seed.deserialize(CowStrDeserializer::new(self.reader.quoted()?))?
        } else {
            seed.deserialize(BorrowedStrDeserializer::new(self.reader.word()?))?
        };
        self.reader.expect(":")?;
        Ok(Some(key))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Read<S::Value> {
        seed.deserialize(Node { reader: self.reader, column: self.column, place: Place::Field })
    }
}

/// A list, each item after a dash.
struct Items<'r, 'de> {
    reader: &'r mut Reader<'de>,
    column: usize,
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Read<Option<T::Value>> {
        if !self.reader.is_item_at(self.column) {
            return Ok(None);
        }
        let column = self.column + 2;
        self.reader.rest = &self.reader.rest[column..];
        seed.deserialize(Node { reader: self.reader, column, place: Place::Item }).map(Some)
    }
}

/// An empty list or map.
struct Nothing;

impl<'de> SeqAccess<'de> for Nothing {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, _: T) -> Read<Option<T::Value>> {
        Ok(None)
    }
}

impl<'de> MapAccess<'de> for Nothing {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, _: K) -> Read<Option<K::Value>> {
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, _: S) -> Read<S::Value> {
        Err(Refusal::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;
    use crate::format::emit::Emitter;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Document {
        text: String,
        number: u64,
        flag: bool,
        absent: Option<String>,
        block: String,
        tags: BTreeMap<String, String>,
        texts: Vec<String>,
        inner: Inner,
        items: Vec<Inner>,
    }

    #[derive(Debug, Clone, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        name: Option<String>,
        texts: Option<Vec<String>>,
        items: Option<Vec<BTreeMap<String, String>>>,
    }

    fn written(document: &Document) -> String {
        let mut out = Emitter::with_capacity(0);
        out.text("text", &document.text);
        out.number("number", document.number);
        out.flag("flag", document.flag);
        out.literal("block", &document.block);
        out.map("tags", &document.tags);
        out.texts("texts", &document.texts);
        out.block("inner", |out| write_inner(out, &document.inner));
        out.items("items", &document.items, write_inner);
        out.finish()
    }

    fn write_inner(out: &mut Emitter, inner: &Inner) {
        out.text("name", inner.name.as_deref().unwrap_or_default());
        if let Some(texts) = &inner.texts {
            out.texts("texts", texts);
        }
    }

    fn read(text: &str) -> Result<Document, FormatError> {
        parse(text, 1)
    }

    fn any_inner() -> impl Strategy<Value = Inner> {
        let texts = proptest::option::of(proptest::collection::vec(any::<String>(), 0..3));
        (any::<String>(), texts).prop_map(|(name, texts)| Inner { name: Some(name), texts, items: None })
    }

    fn any_document() -> impl Strategy<Value = Document> {
        let block = "|([A-Za-z0-9+/=-]{1,9}\n){1,3}";
        let tags = proptest::collection::btree_map(any::<String>(), any::<String>(), 0..3);
        let lists = (proptest::collection::vec(any::<String>(), 0..3), proptest::collection::vec(any_inner(), 0..3));
        let scalars = (any::<String>(), any::<u64>(), any::<bool>(), block);
        (scalars, tags, lists, any_inner()).prop_map(|((text, number, flag, block), tags, (texts, items), inner)| {
            Document { text, number, flag, absent: None, block, tags, texts, inner, items }
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_it_was_and_as_a_yaml_reader_reads_it(document in any_document()) {
            let text = written(&document);
            prop_assert_eq!(&read(&text).unwrap(), &document);
            prop_assert_eq!(serde_yaml::from_str::<Document>(&text).unwrap(), document);
        }

        #[test]
        fn one_changed_byte_makes_no_panic(document in any_document(), at in any::<prop::sample::Index>(), byte in 0u8..128) {
            let mut bytes = written(&document).into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(text) = String::from_utf8(bytes) {
                let _ = read(&text);
            }
        }

        #[test]
        fn foreign_text_makes_no_panic(text in any::<String>()) {
            let _ = read(&text);
            let _ = read(&format!("text: {text}"));
            let _ = read(&format!("items:\n  - name: \"{text}"));
        }
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Small {
        #[serde(rename = "a")]
        _a: u64,
    }

    fn error(text: &str) -> FormatError {
        parse::<Small>(text, 1).unwrap_err()
    }

    #[test]
    fn errors_tell_line_and_cause_but_nothing_of_the_content() {
        assert_eq!(error("a: 1\nb: \"hunter2\"\n"), FormatError::UnknownField { line: 2 });
        assert_eq!(error("a: \"hunter2\"\n"), FormatError::Malformed { line: 2 });
        assert!(!format!("{0:?} {0}", error("a: \"hunter2\"\n")).contains("hunter2"));
        assert_eq!(error("a: 1\na: 2\n"), FormatError::Malformed { line: 2 });
        assert_eq!(error(""), FormatError::Malformed { line: 1 });
        assert_eq!(error("a: 1\n  b: 2\n"), FormatError::Malformed { line: 2 });
        assert_eq!(error("a: 1"), FormatError::Malformed { line: 1 });
        assert_eq!(error("a: 99999999999999999999\n"), FormatError::Malformed { line: 1 });
    }

    #[test]
    fn what_yaml_has_beyond_canonical_text_is_not_read() {
        let cases = [
            "a: 'x'",
            "a: x",
            "a: &b 1",
            "a: *b",
            "a: !!int 1",
            "a: 0x1",
            "a: -1",
            "a: 1.0",
            "a: [1]",
            "a: {b: 1}",
            "a: ~",
            "a:  1",
            "a: 1 ",
            "a: 1 # x",
            "a:\n  1",
            "# x\na: 1",
            "---\na: 1",
            "? a\n: 1",
            "\"a\" : 1",
            "a:1",
        ];
        for text in cases {
            assert!(matches!(error(&format!("{text}\n")), FormatError::Malformed { .. }), "{text}");
        }
        for text in [r#""\x41""#, r#""\u12""#, r#""\uD800""#, r#""\u+041""#, "\"a\nb\"", "\"a", "\"a\" \"b\"", r#""\"#]
        {
            assert!(parse::<BTreeMap<String, String>>(&format!("a: {text}\n"), 1).is_err(), "{text}");
        }
    }

    #[test]
    fn a_block_takes_the_memory_of_its_own_lines() {
        let text = format!("items:\n{}", "  - block: |\n      x\n    next: \"y\"\n".repeat(1_000));
        let read: BTreeMap<String, Vec<BTreeMap<String, String>>> = parse(&text, 1).unwrap();
        assert_eq!(read["items"].len(), 1_000);
        assert!(read["items"].iter().all(|item| item["block"] == "x\n" && item["block"].capacity() < 16));
    }

    #[test]
    fn deep_nesting_costs_nothing() {
        let deep = (0..100_000).fold(String::new(), |text, depth| text + &" ".repeat(depth % 64) + "a:\n");
        assert!(matches!(error(&deep), FormatError::Malformed { .. }));
        assert!(matches!(error(&format!("a: {}", "[".repeat(1_000_000))), FormatError::Malformed { .. }));
        assert!(matches!(error(&format!("a:\n  {}", "- ".repeat(500_000))), FormatError::Malformed { .. }));
    }
}
