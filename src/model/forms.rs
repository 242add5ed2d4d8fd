//! The texts by which a value can be found in the output of programs and in files.
//!
//! A value is searched for as a whole, line by line and, if it is JSON, by each of its leaves; each of these unchanged
//! and in the common encodings: JSON, a URL, a quoted word of a shell, base64. A value that was transformed in another
//! way cannot be found.

use std::collections::BTreeSet;
use std::fmt;

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, Encoding as Base};
use zeroize::Zeroizing;

use super::json::leaves;
use super::shell;
use super::value::SecretValue;

/// A shorter text is not secret by itself, and masking it would garble everything.
pub(crate) const SHORTEST: usize = 4;

/// One text that reveals a value, or a part of it.
pub struct Form {
    /// Which part of the value it is.
    pub part: Part,
    /// How that is spelled.
    pub spelling: Spelling,
    text: Text,
}

/// Which part of a value a form is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// All of it.
    Whole,
    /// One of its lines, or of the lines of a leaf, without white space around it.
    Line,
    /// A string or a long number in a JSON value.
    Leaf,
}

/// How a form is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spelling {
    /// Byte for byte.
    Plain,
    /// As inside a JSON string, escaped once or twice.
    Json,
    /// Percent-encoded.
    Url,
    /// As inside a shell's single quotes.
    Shell,
    /// Base64, standard or for URLs.
    Base64,
    /// The characters of base64 that depend only on this part, when there are other bytes before and after it: those of
    /// `user:password`, or one of several lines.
    EmbeddedBase64,
}

type Text = Zeroizing<Vec<u8>>;

impl Form {
    /// The text. It is as secret as the value.
    pub fn reveal(&self) -> &[u8] {
        &self.text
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Form({:?}, {:?}, ..)", self.part, self.spelling)
    }
}

/// Whether a value is too short, or too common a word, to search for: it would be found everywhere.
pub(crate) fn is_too_common(value: &SecretValue) -> bool {
    is_common(value.reveal())
}

fn is_common(bytes: &[u8]) -> bool {
    const WORDS: [&[u8]; 4] = [b"true", b"false", b"null", b"none"];
    bytes.len() < SHORTEST || WORDS.iter().any(|word| word.eq_ignore_ascii_case(bytes))
}

/// Every form of a value, sorted by its text, each text once. The whole value has its forms however short it is; lines and
/// leaves that are too common have none, nor have the first and the last line of a PEM block. No form is empty.
pub fn of(value: &SecretValue) -> Vec<Form> {
    without(value, &BTreeSet::new())
}

/// The same, without leaves that are not secret.
pub(crate) fn without(value: &SecretValue, open: &BTreeSet<String>) -> Vec<Form> {
    let whole = value.reveal();
    let mut forms = Vec::new();
    spell(whole, Part::Whole, &mut forms);
    add_lines(whole, &mut forms);
    let is_open = |leaf: &[u8]| std::str::from_utf8(leaf).is_ok_and(|leaf| open.contains(leaf));
    for leaf in leaves::of(whole).into_iter().filter(|leaf| !is_open(leaf)) {
        if !is_common(&leaf) {
            spell(&leaf, Part::Leaf, &mut forms);
        }
        add_lines(&leaf, &mut forms);
    }
    forms.retain(|form| !form.text.is_empty());
    forms.sort_unstable_by(|one, other| {
        (&*one.text, one.part, one.spelling).cmp(&(&*other.text, other.part, other.spelling))
    });
    forms.dedup_by(|one, other| one.text == other.text);
    forms
}

fn add_lines(bytes: &[u8], forms: &mut Vec<Form>) {
    if !bytes.contains(&b'\n') {
        return;
    }
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    for line in lines.filter(|line| !is_common(line) && !is_armor(line)) {
        spell(line, Part::Line, forms);
    }
}

/// `-----BEGIN PRIVATE KEY-----`, which is the same in all keys.
fn is_armor(line: &[u8]) -> bool {
    (line.starts_with(b"-----BEGIN ") || line.starts_with(b"-----END ")) && line.ends_with(b"-----")
}

fn spell(bytes: &[u8], part: Part, forms: &mut Vec<Form>) {
    let mut add = |spelling, text| forms.push(Form { part, spelling, text });
    add(Spelling::Plain, Zeroizing::new(bytes.to_vec()));
    add(Spelling::Shell, for_shell(bytes));
    if let Ok(text) = std::str::from_utf8(bytes) {
        for text in json(text) {
            add(Spelling::Json, text);
        }
    }
    for text in url(bytes) {
        add(Spelling::Url, text);
    }
    for base in [BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD] {
        add(Spelling::Base64, Zeroizing::new(base.encode(bytes).into_bytes()));
    }
    for base in [BASE64_NOPAD, BASE64URL_NOPAD] {
        for text in embedded(bytes, &base) {
            add(Spelling::EmbeddedBase64, text);
        }
    }
}

fn for_shell(bytes: &[u8]) -> Text {
    let mut text = Zeroizing::new(Vec::with_capacity(bytes.len() * 4));
    for byte in bytes {
        if *byte == b'\'' { text.extend_from_slice(shell::QUOTE.as_bytes()) } else { text.push(*byte) }
    }
    text
}

/// Between the quotes of JSON: as most programs write it, as those that write ASCII only, as those that escape HTML,
/// and JSON in JSON.
fn json(text: &str) -> [Text; 4] {
    let once = quoted(text);
    let plain = std::str::from_utf8(&once).unwrap_or_default();
    let ascii = with_escapes(plain, |c| !c.is_ascii());
    let html = with_escapes(plain, |c| matches!(c, '<' | '>' | '&'));
    let twice = quoted(plain);
    [ascii, html, twice, once]
}

fn quoted(text: &str) -> Text {
    // A control character becomes six, so the buffer never grows.
    let mut quoted = Zeroizing::new(Vec::with_capacity(text.len() * 6 + 2));
    // Writing to memory cannot fail.
    let _ = serde_json::to_writer(&mut *quoted, text);
    let end = quoted.len().saturating_sub(1);
    Zeroizing::new(quoted.get(1..end).unwrap_or_default().to_vec())
}

fn with_escapes(text: &str, is_escaped: impl Fn(char) -> bool) -> Text {
    let mut escaped = Zeroizing::new(Vec::with_capacity(text.len() * 6));
    for c in text.chars() {
        if is_escaped(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                escaped.extend_from_slice(b"\\u");
                escaped.extend((0..4).rev().map(|place| HEX_LOWER[usize::from(*unit >> (4 * place) & 15)]));
            }
        } else {
            escaped.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    escaped
}

/// As RFC 3986 has it, as forms have it, as JavaScript and as Python have it; digits large and small.
fn url(bytes: &[u8]) -> [Text; 6] {
    [
        percent(bytes, HEX_UPPER, b"%20", b""),
        percent(bytes, HEX_UPPER, b"+", b""),
        percent(bytes, HEX_LOWER, b"%20", b""),
        percent(bytes, HEX_LOWER, b"+", b""),
        percent(bytes, HEX_UPPER, b"%20", b"!'()*"),
        percent(bytes, HEX_UPPER, b"%20", b"/"),
    ]
}

fn percent(bytes: &[u8], hex: &[u8; 16], space: &[u8], kept: &[u8]) -> Text {
    let mut text = Zeroizing::new(Vec::with_capacity(bytes.len() * 3));
    for byte in bytes {
        match byte {
            b' ' => text.extend_from_slice(space),
            b'-' | b'.' | b'_' | b'~' => text.push(*byte),
            _ if byte.is_ascii_alphanumeric() || kept.contains(byte) => text.push(*byte),
            _ => text.extend([b'%', hex[usize::from(byte >> 4)], hex[usize::from(byte & 15)]]),
        }
    }
    text
}

/// How these bytes appear in the base64 of a longer text, for each of the three offsets where they can begin, and the
/// lines of a text that begins with them and is broken as base64(1) and PEM break it. A character that also depends on
/// a neighbour is left out.
fn embedded(bytes: &[u8], base: &Base) -> Vec<Text> {
    let mut texts = Vec::new();
    for before in 0..3 {
        let mut padded = Zeroizing::new(Vec::with_capacity(before + bytes.len()));
        padded.resize(before, 0);
        padded.extend_from_slice(bytes);
        let encoded = Zeroizing::new(base.encode(&padded).into_bytes());
        let (first, end) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
        let own = encoded.get(first..end).unwrap_or_default();
        let lines = LINE_LENGTHS.into_iter().filter(|length| before == 0 && own.len() > *length);
        let lines = lines.flat_map(|length| own.chunks(length));
        let long = lines.chain([own]).filter(|text| text.len() >= SHORTEST_EMBEDDED);
        texts.extend(long.map(|text| Zeroizing::new(text.to_vec())));
    }
    texts
}

/// Six bytes of a value. Fewer characters of base64 are found by chance.
const SHORTEST_EMBEDDED: usize = 8;

/// Where base64(1) and MIME, and where PEM break lines.
const LINE_LENGTHS: [usize; 2] = [76, 64];

const HEX_UPPER: &[u8; 16] = b"0123456789ABCDEF";
const HEX_LOWER: &[u8; 16] = b"0123456789abcdef";

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(value: &str) -> Vec<String> {
        let forms = of(&SecretValue::from_text(value.into()));
        forms.iter().map(|form| String::from_utf8(form.reveal().to_vec()).unwrap()).collect()
    }

    fn has(value: &str, text: &str) -> bool {
        texts(value).iter().any(|form| form == text)
    }

    #[test]
    fn a_value_is_found_in_its_usual_spellings() {
        let value = "p\"ä s/1'<";
        for text in [
            value,
            r#"p\"ä s/1'<"#,
            r#"p\"\u00e4 s/1'<"#,
            r#"p\"ä s/1'\u003c"#,
            r#"p\\\"ä s/1'<"#,
            r#"p"ä s/1'\''<"#,
            "p%22%C3%A4%20s%2F1%27%3C",
            "p%22%C3%A4+s%2F1%27%3C",
            "p%22%c3%a4%20s%2f1%27%3c",
            "p%22%C3%A4%20s%2F1'%3C",
            "p%22%C3%A4%20s/1%27%3C",
            "cCLDpCBzLzEnPA==",
            "cCLDpCBzLzEnPA",
        ] {
            assert!(has(value, text), "{text}");
        }
        assert!(has("\u{1f511}key", r"\ud83d\udd11key"));
        assert!(has("a>>?b??c", "YT4+P2I/P2M=") && has("a>>?b??c", "YT4-P2I_P2M"));
    }

    #[test]
    fn base64_of_more_than_the_value_has_one_of_its_forms() {
        let value = "hunter2-and-more";
        for before in ["", "u", "u:", "us:", "user:"] {
            for after in ["", "\n", ", and"] {
                let encoded = BASE64.encode(format!("{before}{value}{after}").as_bytes());
                let found = texts(value).iter().filter(|text| encoded.contains(text.as_str())).map(String::len).max();
                // All but the characters at either end, each of which depends on a neighbour too.
                assert!(found.is_some_and(|length| length >= value.len() * 8 / 6 - 1), "{before}{value}{after}");
            }
        }
        let long = "x1y2".repeat(40);
        let encoded = BASE64.encode(format!("{long}\n").as_bytes());
        for line in encoded.as_bytes().chunks(76).take(2) {
            assert!(has(&long, std::str::from_utf8(line).unwrap()));
        }
    }

    #[test]
    fn leaves_and_lines_have_forms_unless_they_are_short_or_say_nothing() {
        let value = r#"{"password":"hunter2","nested":[{"more":"k\"ey9"}],"db":"app","tls":"true","port":5432,"pin":4711471147114711}"#;
        for text in ["hunter2", "k\"ey9", "k\\\"ey9", "4711471147114711", value] {
            assert!(has(value, text), "{text}");
        }
        for text in ["app", "true", "5432", "password", "port"] {
            assert!(!has(value, text), "{text}");
        }
        let key = "-----BEGIN KEY-----\r\nabcdef\r\nxyz\r\n-----END KEY-----\n";
        assert!(has(key, "abcdef") && !has(key, "xyz") && !has(key, "-----BEGIN KEY-----") && !has(key, ""));
        let nested = serde_json::json!({ "key": key }).to_string();
        assert!(has(&nested, "abcdef"), "a line of a leaf");
    }

    #[test]
    fn forms_say_what_they_are_and_nothing_else() {
        let forms = of(&SecretValue::from_text("hunter2\n".into()));
        let line = forms.iter().find(|form| form.reveal() == b"hunter2").unwrap();
        assert_eq!((line.part, line.spelling), (Part::Line, Spelling::Plain));
        assert_eq!(format!("{line:?}"), "Form(Line, Plain, ..)");
        assert!(forms.is_sorted_by(|one, other| one.reveal() < other.reveal()));
    }

    #[test]
    fn what_would_be_found_everywhere_is_too_common() {
        for (text, expected) in [("", true), ("abc", true), ("True", true), ("abcd", false), ("truer", false)] {
            assert_eq!(is_too_common(&SecretValue::from_text(text.into())), expected, "{text}");
        }
        assert!(has("a", "a") && texts("").is_empty());
    }
}
