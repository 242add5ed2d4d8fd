//! Many values as one YAML document for an editor: a line for each, or a block for a text of several lines.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::import::{Content, ImportError, ItemError, read};
use super::quoted;
use crate::inject::import::Format;
use crate::model::value::SecretValue;

/// What is wrong with a document. It names places, never a value.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DocumentError {
    /// It is not one map.
    #[error(transparent)]
    Form(#[from] ImportError),
    /// A name without a usable value.
    #[error("`{name}`: {error}")]
    Item {
        /// The name.
        name: String,
        /// What is wrong with it.
        error: ItemError,
    },
    /// A name that is there twice.
    #[error("`{0}` is there twice")]
    Twice(String),
}

/// The document. Each value has the plainest form that reads back as exactly that value.
pub(crate) fn write<'v>(comment: &str, values: impl IntoIterator<Item = (&'v str, &'v str)>) -> Zeroizing<String> {
    let lines: Vec<_> = values.into_iter().map(|(name, value)| line(name, value)).collect();
    let notes = comment.lines().flat_map(|note| ["# ", note, "\n"]);
    Zeroizing::new(notes.chain(lines.iter().map(|line| line.as_str())).collect::<Vec<_>>().concat())
}

/// The names and values of a document, in its order.
pub(crate) fn values(text: &str) -> Result<Vec<(String, SecretValue)>, DocumentError> {
    let is_empty = |line: &str| line.trim_start().is_empty() || line.trim_start().starts_with('#');
    if text.lines().all(is_empty) {
        return Ok(Vec::new());
    }
    let (mut values, mut seen) = (Vec::new(), BTreeSet::new());
    for item in read(Format::Yaml, "", text, &mut |_| None)?.items {
        if !seen.insert(item.name.clone()) {
            return Err(DocumentError::Twice(item.name));
        }
        match item.content {
            Ok(Content::Value(value)) => values.push((item.name, value)),
            Ok(_) => return Err(DocumentError::Form(ImportError::NoMap)),
            Err(error) => return Err(DocumentError::Item { name: item.name, error }),
        }
    }
    Ok(values)
}

fn line(name: &str, value: &str) -> Zeroizing<String> {
    let quoted_name = quoted::whole(name);
    let forms = [name, quoted_name.as_str()].into_iter().flat_map(|name| [plain(name, value), block(name, value)]);
    let exact = forms.flatten().find(|form| reads_as(form, name, value));
    exact.unwrap_or_else(|| Zeroizing::new([quoted_name.as_str(), ": ", &quoted::whole(value), "\n"].concat()))
}

fn reads_as(form: &str, name: &str, value: &str) -> bool {
    let read = values(form).unwrap_or_default();
    matches!(read.as_slice(), [(key, text)] if key == name && text.reveal() == value.as_bytes())
}

/// `name: value`, if nothing in the value is invisible.
fn plain(name: &str, value: &str) -> Option<Zeroizing<String>> {
    let is_visible = !value.chars().any(|c| c.is_control() || is_break(c));
    is_visible.then(|| Zeroizing::new([name, ": ", value, "\n"].concat()))
}

/// A block, each line of the value indented. What follows the bar says how many line feeds end it.
fn block(name: &str, value: &str) -> Option<Zeroizing<String>> {
    let is_visible = !value.chars().any(|c| (c.is_control() && !matches!(c, '\n' | '\t')) || is_break(c));
    if !is_visible || !value.trim_end_matches('\n').contains('\n') {
        return None;
    }
    let end = if value.ends_with("\n\n") {
        "+"
    } else if value.ends_with('\n') {
        ""
    } else {
        "-"
    };
    // Without this, the first line decides the indentation.
    let indented = if value.starts_with([' ', '\n', '\t']) { "2" } else { "" };
    let mut parts = vec![name, ": |", indented, end, "\n"];
    for line in value.strip_suffix('\n').unwrap_or(value).split('\n') {
        parts.extend([if line.is_empty() { "" } else { "  " }, line, "\n"]);
    }
    Some(Zeroizing::new(parts.concat()))
}

/// What YAML takes for the end of a line, or shows as nothing.
fn is_break(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_have_their_plainest_form() {
        let key = "-----BEGIN KEY-----\nabc\n-----END KEY-----\n";
        let values =
            [("DB_HOST", "db.internal"), ("db/port", "5432"), ("tls/key", key), ("odd", "a: b # c"), ("null", "~")];
        let expected = "# one\n# two\nDB_HOST: db.internal\ndb/port: 5432\n\
            tls/key: |\n  -----BEGIN KEY-----\n  abc\n  -----END KEY-----\n\"odd\": \"a: b # c\"\n\"null\": \"~\"\n";
        assert_eq!(*write("one\ntwo", values), expected);
    }

    #[test]
    fn what_is_no_list_of_values_is_refused_by_its_place() {
        let wrong = |text: &str| values(text).unwrap_err().to_string();
        assert!(values("# nothing\n\n").unwrap().is_empty());
        assert!(wrong("a: 1\nb: [\n").starts_with("line "), "{}", wrong("a: 1\nb: [\n"));
        assert!(wrong("a: 1\na: 2\n").starts_with("line "));
        assert_eq!(wrong("a: {b: 1}\na/b: 2\n"), "`a/b` is there twice");
        assert!(wrong("a:\n").starts_with("`a`: "));
        assert!(wrong("- a\n").contains("no map"));
    }

    proptest! {
        #[test]
        fn any_text_reads_back_as_it_is(
            texts in prop::collection::vec("([ -~]|[\n\t\r:#'\"|>&*!%@`{}\\[\\],?-]| |é|漢|\u{85}|\u{2028}|\u{feff}|~|null|true|1e3|0x1f){1,12}", 1..4)
        ) {
            let names: Vec<String> = (0..texts.len()).map(|number| format!("app/key-{number}")).collect();
            let pairs = || names.iter().map(String::as_str).zip(texts.iter().map(String::as_str));
            let read = values(&write("note", pairs())).unwrap();
            let read: Vec<_> = read.iter().map(|(name, value)| (name.as_str(), value.reveal_text().unwrap())).collect();
            prop_assert_eq!(read, pairs().collect::<Vec<_>>());
        }
    }
}
