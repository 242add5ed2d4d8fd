//! JSON as it leaves the program: one stable form, safe to look at.
//!
//! Every document is an object whose first member is `"schema": 1`. Members keep the order of the Rust structure. Data on
//! stdout is indented by two spaces, on a terminal or not; messages on stderr take one line each. Characters a terminal
//! may act on are written `\uXXXX`, which changes nothing for a parser.

use std::io;

use serde::Serialize;
use zeroize::Zeroizing;

use crate::cli::terminal::escape::is_harmful;

/// The number at the top of every document; it increases when a reader of the old form would misread the new one.
pub(crate) const SCHEMA: u32 = 1;

/// The most bytes that one byte of a document becomes: U+009B takes two and turns into `\u009b`.
const GROWTH: usize = 6;

#[derive(Serialize)]
struct Document<'a, T: Serialize> {
    schema: u32,
    #[serde(flatten)]
    body: &'a T,
}

#[derive(Serialize)]
struct DryRun<'a, T: Serialize> {
    #[serde(flatten)]
    body: &'a T,
    #[serde(rename = "DryRun")]
    dry_run: bool,
}

/// The document over several indented lines, with a final newline. The buffer is wiped on drop.
pub(crate) fn indented(body: &impl Serialize) -> io::Result<Zeroizing<String>> {
    render(|sink| Ok(serde_json::to_writer_pretty(sink, &Document { schema: SCHEMA, body })?))
}

/// The same of a dry run: with `DryRun` at the end, if the body does not say that itself.
pub(crate) fn of_dry_run(body: &impl Serialize) -> io::Result<Zeroizing<String>> {
    let document = indented(body)?;
    // No string contains a line feed.
    let is_said = document.contains("\n  \"DryRun\": ");
    if is_said { Ok(document) } else { indented(&DryRun { body, dry_run: true }) }
}

/// The document on one line, with a final newline. The buffer is wiped on drop.
pub fn one_line(body: &impl Serialize) -> io::Result<Zeroizing<String>> {
    render(|sink| Ok(serde_json::to_writer(sink, &Document { schema: SCHEMA, body })?))
}

/// Writes twice, first to measure: a buffer that grew would leave copies of values behind.
fn render(write: impl Fn(&mut dyn io::Write) -> io::Result<()>) -> io::Result<Zeroizing<String>> {
    let mut length = Length(0);
    write(&mut length)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(length.0));
    write(&mut *bytes)?;
    let text = std::str::from_utf8(&bytes).map_err(io::Error::other)?;
    Ok(harmless(text))
}

struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn harmless(text: &str) -> Zeroizing<String> {
    // Outside of strings a serializer writes line feeds and no other such character, and inside of strings none of them.
    let harmful: usize = text.chars().filter(|c| is_harmful(*c)).map(char::len_utf8).sum();
    let mut shown = Zeroizing::new(String::with_capacity(text.len() + harmful * GROWTH + 1));
    for c in text.chars() {
        if c == '\n' || !is_harmful(c) {
            shown.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                push_unit(&mut shown, *unit);
            }
        }
    }
    shown.push('\n');
    shown
}

fn push_unit(shown: &mut String, unit: u16) {
    shown.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        shown.extend(char::from_digit(u32::from(unit >> shift) & 0xf, 16));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Sample<'a> {
        name: &'a str,
        description: &'a str,
    }

    #[test]
    fn the_schema_comes_first_and_members_keep_their_order() {
        let shown = indented(&Sample { name: "/a", description: "b" }).unwrap();
        assert_eq!(*shown, "{\n  \"schema\": 1,\n  \"Name\": \"/a\",\n  \"Description\": \"b\"\n}\n");
        assert_eq!(
            *one_line(&Sample { name: "a", description: "" }).unwrap(),
            "{\"schema\":1,\"Name\":\"a\",\"Description\":\"\"}\n"
        );
    }

    #[test]
    fn a_dry_run_is_said_once() {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Saying {
            dry_run: bool,
        }
        let said = "{\n  \"schema\": 1,\n  \"DryRun\": true\n}\n";
        assert_eq!(*of_dry_run(&Saying { dry_run: true }).unwrap(), said);
        let shown = of_dry_run(&Sample { name: "/a", description: "\n  \"DryRun\": " }).unwrap();
        assert!(shown.ends_with(",\n  \"DryRun\": true\n}\n"), "{shown:?}");
    }

    #[test]
    fn a_terminal_finds_nothing_to_act_on() {
        let shown = one_line(&Sample { name: "\u{9b}31m\u{7f}\u{202e}\u{e0041}", description: "\u{1b}" }).unwrap();
        assert!(shown.contains(r"\u009b31m\u007f\u202e\udb40\udc41") && shown.contains(r"\u001b"), "{shown:?}");
    }

    proptest! {
        #[test]
        fn a_parser_reads_back_what_was_given(text in any::<String>()) {
            let shown = indented(&Sample { name: &text, description: "" }).unwrap();
            let read: serde_json::Value = serde_json::from_str(&shown).unwrap();
            prop_assert_eq!(read["Name"].as_str(), Some(text.as_str()));
            prop_assert!(!shown.chars().any(|c| c != '\n' && is_harmful(c)));
        }
    }
}
