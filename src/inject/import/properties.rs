//! Java properties: `key = value`, as chamber and the JVM write them.

use std::convert::identity;

use zeroize::Zeroizing;

use super::error::ImportError;
use super::item::{Item, item};
use crate::model::escaped;

const BLANKS: [char; 3] = [' ', '\t', '\u{c}'];

pub(super) fn read(text: &str) -> Result<Vec<Item>, ImportError> {
    let mut items = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let start = line.trim_start_matches(BLANKS);
        if start.is_empty() || start.starts_with(['#', '!']) {
            continue;
        }
        let mut parts = vec![start];
        while let Some(part) = parts.last_mut().filter(|part| continues(part)) {
            *part = &part[..part.len() - 1];
            let Some((_, next)) = lines.next() else { break };
            parts.push(next.trim_start_matches(BLANKS));
        }
        let logical = Zeroizing::new(parts.concat());
        let broken = || ImportError::Line { line: index + 1, fault: "a `\\u` is not followed by four digits" };
        let (key, value) = split(&logical);
        let key = escaped::read(key, identity).ok_or_else(broken)?;
        items.push(item(key.to_string(), escaped::read(value, identity).ok_or_else(broken)?));
    }
    Ok(items)
}

/// Whether a line ends with a backslash that is not itself escaped.
fn continues(line: &str) -> bool {
    (line.len() - line.trim_end_matches('\\').len()) % 2 == 1
}

/// Key and value as they are written: separated by the first unescaped `=`, `:` or blank.
fn split(line: &str) -> (&str, &str) {
    let mut is_escaped = false;
    let end = line.find(|c: char| {
        let ends = !is_escaped && (c == '=' || c == ':' || BLANKS.contains(&c));
        is_escaped = c == '\\' && !is_escaped;
        ends
    });
    let (key, rest) = line.split_at(end.unwrap_or(line.len()));
    let rest = rest.trim_start_matches(BLANKS);
    (key, rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start_matches(BLANKS))
}

#[cfg(test)]
mod tests {
    use super::super::sample::read;
    use crate::inject::import::{Format, ImportError};

    #[test]
    fn the_forms_of_a_line_are_read() {
        let text = "# note\n! note\na = 1\nb:2\nc 3\nd\\ e=f\\n\\u00e9\nlong = one\\\n   two\nempty=\nback=x\\\\\n";
        let expected = ["a=1", "b=2", "c=3", "d e=f\né", "long=onetwo", "empty=", "back=x\\"];
        assert_eq!(read(Format::Properties, text).unwrap(), expected);
        let error = read(Format::Properties, "a=1\nb=\\u00").unwrap_err();
        assert!(matches!(error, ImportError::Line { line: 2, .. }), "{error}");
    }
}
