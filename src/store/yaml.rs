//! The only place that knows a YAML parser: three functions, so that another parser can take its place.

use serde::de::{DeserializeOwned, DeserializeSeed};

use super::caps;
use super::format_error::FormatError;

/// Reads a document into its fields.
///
/// The parser's own messages quote the document and are dropped; line and cause are all that is told.
pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, FormatError> {
    check_depth(text)?;
    serde_yaml::from_str(text).map_err(|error| {
        let line = error.location().map_or(0, |location| location.line());
        if error.to_string().contains("unknown field `") {
            FormatError::UnknownField { line }
        } else {
            FormatError::Malformed { line }
        }
    })
}

/// Reads YAML that this program did not write. The caller bounds its size; nesting is bounded here, aliases by the parser.
pub(super) fn parse_foreign<T: DeserializeOwned>(text: &str) -> Result<T, FormatError> {
    parse_foreign_with(text, std::marker::PhantomData)
}

/// The same with a seed, which counts or knows what is to come.
pub(super) fn parse_foreign_with<'de, S: DeserializeSeed<'de>>(
    text: &'de str,
    seed: S,
) -> Result<S::Value, FormatError> {
    check_foreign_depth(text)?;
    seed.deserialize(serde_yaml::Deserializer::from_str(text)).map_err(|error| {
        let line = error.location().map_or(0, |location| location.line());
        FormatError::Malformed { line }
    })
}

/// The most brackets that can be open at once, counted without a look at strings, and the deepest indentation.
fn check_foreign_depth(text: &str) -> Result<(), FormatError> {
    let mut open: usize = 0;
    for (index, line) in text.lines().enumerate() {
        for byte in line.bytes() {
            match byte {
                b'[' | b'{' => open += 1,
                b']' | b'}' => open = open.saturating_sub(1),
                _ => {}
            }
        }
        let marks = line.len() - line.trim_start_matches([' ', '-', '?']).len();
        if open > caps::FOREIGN_DEPTH || marks > 2 * caps::FOREIGN_DEPTH {
            return Err(FormatError::TooDeep { line: index + 1 });
        }
    }
    Ok(())
}

/// Bounds nesting before the parser sees the text: it loads a whole document before it looks at the first field.
///
/// Canonical text nests by indentation, and by no more than one dash a line; its only brackets outside strings are `[]`
/// and `{}`.
fn check_depth(text: &str) -> Result<(), FormatError> {
    for (index, line) in text.lines().enumerate() {
        let content = line.trim_start_matches([' ', '-', '?']);
        if line.len() - content.len() > 2 * caps::DEPTH || opens_flow(content) {
            return Err(FormatError::TooDeep { line: index + 1 });
        }
    }
    Ok(())
}

/// Whether a bracket outside a string is followed by anything but its partner.
fn opens_flow(line: &str) -> bool {
    let mut bytes = line.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => skip_string(&mut bytes),
            b'[' if bytes.next() != Some(b']') => return true,
            b'{' if bytes.next() != Some(b'}') => return true,
            _ => {}
        }
    }
    false
}

fn skip_string(bytes: &mut std::str::Bytes<'_>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            b'"' => return,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::{Duration, Instant};

    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Small {
        #[serde(rename = "a")]
        _a: u64,
    }

    fn error(text: &str) -> FormatError {
        parse::<Small>(text).unwrap_err()
    }

    #[test]
    fn errors_tell_line_and_cause_but_nothing_of_the_content() {
        assert_eq!(error("a: 1\nb: \"hunter2\"\n"), FormatError::UnknownField { line: 2 });
        assert_eq!(error("a: \"hunter2\"\n"), FormatError::Malformed { line: 1 });
        assert!(!format!("{0:?} {0}", error("a: \"hunter2\"\n")).contains("hunter2"));
        assert!(matches!(error("a: 1\na: 2\n"), FormatError::Malformed { .. }));
        assert!(matches!(error(""), FormatError::Malformed { .. }));
    }

    #[test]
    fn deep_nesting_is_refused_in_linear_time() {
        let bombs = [
            format!("a: {}", "[".repeat(1_000_000)),
            format!("a: {}", "{".repeat(1_000_000)),
            "[\n".repeat(1_000_000),
            format!("a:\n{}x", "- ".repeat(500_000)),
            format!("a:\n{}x", "? ".repeat(500_000)),
            (0..2_000).fold(String::new(), |text, depth| text + &" ".repeat(depth) + "a:\n"),
        ];
        for bomb in bombs {
            let start = Instant::now();
            assert!(matches!(error(&bomb), FormatError::TooDeep { .. }), "{}", &bomb[..20]);
            assert!(start.elapsed() < Duration::from_secs(2));
        }
    }

    #[test]
    fn brackets_inside_strings_are_text() {
        let read: BTreeMap<String, String> = parse("a: \"[[{{ \\\" [[\"\n").unwrap();
        assert_eq!(read["a"], "[[{{ \" [[");
    }

    #[test]
    fn an_alias_bomb_ends_soon() {
        let level = |level: usize| format!("b{}: &b{}\n{}", level, level, format!("  - *b{}\n", level - 1).repeat(10));
        let text = String::from("b0: &b0 \"x\"\n") + &(1..30).map(level).collect::<String>();
        let start = Instant::now();
        assert!(parse::<BTreeMap<String, serde_yaml::Value>>(&text).is_err());
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}
