//! The only module that uses the YAML parser, for files that other programs wrote, so that the parser can be replaced.
//! Documents of a vault are canonical text and have a reader of their own.

use serde::de::DeserializeSeed;

use crate::format::{FormatError, caps};

/// Reads YAML that another program wrote, with a seed that counts nodes or knows the expected type. The caller limits its size; nesting
/// is limited here, aliases by the parser.
pub(super) fn parse<'de, S: DeserializeSeed<'de>>(text: &'de str, seed: S) -> Result<S::Value, FormatError> {
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

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    /// Anything that takes this long would not have ended: normally it takes milliseconds.
    const HANGS: Duration = Duration::from_secs(120);

    fn error(text: &str) -> FormatError {
        parse(text, std::marker::PhantomData::<serde_yaml::Value>).unwrap_err()
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
            assert!(start.elapsed() < HANGS);
        }
    }

    #[test]
    fn an_alias_bomb_ends_soon() {
        let level = |level: usize| format!("b{}: &b{}\n{}", level, level, format!("  - *b{}\n", level - 1).repeat(10));
        let text = String::from("b0: &b0 \"x\"\n") + &(1..30).map(level).collect::<String>();
        let start = Instant::now();
        assert!(matches!(error(&text), FormatError::Malformed { .. }));
        assert!(start.elapsed() < HANGS);
    }
}
