//! Canonical text: the one way to write a document (FORMAT.md, canonical text).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Writes a document field by field, into one string.
pub(super) struct Emitter {
    out: String,
    /// Levels of indentation of the fields that are being written.
    level: usize,
    /// The next field is the first of a list item and carries its dash.
    dash: bool,
}

impl Emitter {
    /// An empty document with room for `capacity` bytes.
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Emitter { out: String::with_capacity(capacity), level: 0, dash: false }
    }

    /// A string.
    pub(super) fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        self.out.push(' ');
        quote(&mut self.out, value);
        self.out.push('\n');
    }

    /// A string made of something that can be shown, and whose form needs no escapes: an id, a name, an instant.
    pub(super) fn shown(&mut self, key: &str, value: impl std::fmt::Display) {
        self.key(key);
        // Writing into a string cannot fail.
        let _ = writeln!(self.out, " \"{value}\"");
    }

    /// The same of something that may be missing, which is written as an empty string.
    pub(super) fn optional(&mut self, key: &str, value: Option<impl std::fmt::Display>) {
        match value {
            Some(value) => self.shown(key, value),
            None => self.text(key, ""),
        }
    }

    /// A number.
    pub(super) fn number(&mut self, key: &str, value: u64) {
        self.key(key);
        let _ = writeln!(self.out, " {value}");
    }

    /// A boolean.
    pub(super) fn flag(&mut self, key: &str, value: bool) {
        self.key(key);
        self.out.push_str(if value { " true\n" } else { " false\n" });
    }

    /// A list of strings.
    pub(super) fn texts<T: AsRef<str>>(&mut self, key: &str, values: impl IntoIterator<Item = T>) {
        self.key(key);
        let mut values = values.into_iter().peekable();
        if values.peek().is_none() {
            self.out.push_str(" []\n");
            return;
        }
        self.out.push('\n');
        for value in values {
            self.indent(self.level + 1);
            self.out.push_str("- ");
            quote(&mut self.out, value.as_ref());
            self.out.push('\n');
        }
    }

    /// A map from strings to strings, in the order of its keys' bytes.
    pub(super) fn map(&mut self, key: &str, map: &BTreeMap<String, String>) {
        self.key(key);
        if map.is_empty() {
            self.out.push_str(" {}\n");
            return;
        }
        self.out.push('\n');
        for (name, value) in map {
            self.indent(self.level + 1);
            quote(&mut self.out, name);
            self.out.push_str(": ");
            quote(&mut self.out, value);
            self.out.push('\n');
        }
    }

    /// A map from strings to lists of strings, in the order of its keys' bytes.
    pub(super) fn lists(&mut self, key: &str, map: &BTreeMap<String, BTreeSet<String>>) {
        if map.is_empty() {
            return self.map(key, &BTreeMap::new());
        }
        self.block(key, |out| {
            for (name, texts) in map {
                let mut quoted = String::new();
                quote(&mut quoted, name);
                out.texts(&quoted, texts);
            }
        });
    }

    /// A literal block, or an empty string. The text ends with a line feed and has no empty lines.
    pub(super) fn literal(&mut self, key: &str, text: &str) {
        if text.is_empty() {
            return self.text(key, text);
        }
        self.key(key);
        self.out.push_str(" |\n");
        for line in text.lines() {
            self.indent(self.level + 1);
            self.out.push_str(line);
            self.out.push('\n');
        }
    }

    /// A list of items, each with its own fields.
    pub(super) fn items<T>(&mut self, key: &str, items: &[T], mut fields: impl FnMut(&mut Self, &T)) {
        self.key(key);
        if items.is_empty() {
            self.out.push_str(" []\n");
            return;
        }
        self.out.push('\n');
        self.level += 2;
        for item in items {
            self.dash = true;
            fields(self, item);
        }
        self.level -= 2;
    }

    /// A map with its own fields.
    pub(super) fn block(&mut self, key: &str, fields: impl FnOnce(&mut Self)) {
        self.key(key);
        self.out.push('\n');
        self.level += 1;
        fields(self);
        self.level -= 1;
    }

    /// The document.
    pub(super) fn finish(self) -> String {
        self.out
    }

    fn key(&mut self, key: &str) {
        if std::mem::take(&mut self.dash) {
            self.indent(self.level - 1);
            self.out.push_str("- ");
        } else {
            self.indent(self.level);
        }
        self.out.push_str(key);
        self.out.push(':');
    }

    fn indent(&mut self, levels: usize) {
        for _ in 0..levels {
            self.out.push_str("  ");
        }
    }
}

/// Appends a double-quoted scalar, copying runs that need no escape in one go.
fn quote(out: &mut String, text: &str) {
    out.push('"');
    let mut done = 0;
    for (at, c) in text.char_indices().filter(|(_, c)| needs_escape(*c)) {
        out.push_str(&text[done..at]);
        done = at + c.len_utf8();
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            _ => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
        }
    }
    out.push_str(&text[done..]);
    out.push('"');
}

/// Quote and backslash, and whatever YAML does not accept unescaped or treats as a line break or a byte order mark.
fn needs_escape(c: char) -> bool {
    matches!(
        c,
        '"' | '\\' | '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn quoted(text: &str) -> String {
        let mut out = String::new();
        quote(&mut out, text);
        out
    }

    #[test]
    fn strings_have_one_set_of_escapes() {
        assert_eq!(quoted("no: \"a\\b\"\n\t"), r#""no: \"a\\b\"\n\t""#);
        assert_eq!(
            quoted("\0\r\u{1b}\u{7f}\u{85}\u{2028}\u{feff}\u{ffff}"),
            r#""\u0000\u000D\u001B\u007F\u0085\u2028\uFEFF\uFFFF""#
        );
        assert_eq!(quoted("é ☃ 🦀 \u{a0}"), "\"é ☃ 🦀 \u{a0}\"", "everything else stands as it is");
    }

    #[test]
    fn lists_and_maps_are_blocks_and_empty_ones_are_short() {
        let mut emitter = Emitter::with_capacity(0);
        emitter.texts("none", [""; 0]);
        emitter.map("map", &BTreeMap::from([("b".into(), "2".into()), ("a".into(), "1".into())]));
        emitter.items("items", &[1, 2], |emitter, number| {
            emitter.number("n", *number);
            emitter.texts("texts", ["x"]);
        });
        emitter.map("empty", &BTreeMap::new());
        let expected = "none: []\nmap:\n  \"a\": \"1\"\n  \"b\": \"2\"\nitems:\n  - n: 1\n    texts:\n      - \"x\"\n  \
                        - n: 2\n    texts:\n      - \"x\"\nempty: {}\n";
        assert_eq!(emitter.finish(), expected);
    }

    proptest! {
        #[test]
        fn any_string_comes_back_through_a_yaml_reader(text in any::<String>()) {
            let read: String = serde_yaml::from_str(&quoted(&text)).unwrap();
            prop_assert_eq!(read, text);
        }
    }

    #[test]
    fn every_character_comes_back_through_a_yaml_reader() {
        let all: String = (0..=0x2_0000).filter_map(char::from_u32).collect();
        let read: String = serde_yaml::from_str(&quoted(&all)).unwrap();
        assert!(read == all);
    }
}
