//! Allowed patterns: regular expressions that each new value of a parameter must match (parameter-store §3).

use regex::{Regex, RegexBuilder};

/// The longest pattern, in characters.
pub(crate) const PATTERN_LIMIT: usize = 1024;

/// The largest compiled pattern, in bytes: a thousand characters such as `(((\w{99}){99}){99}` ask for gigabytes.
const COMPILED_LIMIT: usize = 1 << 20;

/// A compiled pattern.
///
/// The *whole* value must match, as if the pattern stood between `^(` and `)$`: `[a-z]+` refuses `abc1`. AWS documents
/// neither this nor the opposite; a pattern that accepts everything that contains a match would be useless.
/// The grammar is that of the `regex` crate, which has neither look-around nor back-references and therefore takes time
/// that grows only linearly with the value.
#[derive(Debug, Clone)]
pub(crate) struct AllowedPattern(Regex);

/// Why a text is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Longer than [`PATTERN_LIMIT`].
    #[error("an allowed pattern has at most {PATTERN_LIMIT} characters, this one has {0}")]
    TooLong(usize),
    /// Not a regular expression.
    #[error("the allowed pattern is not a regular expression: {0}")]
    Syntax(String),
    /// It repeats too much.
    #[error("the allowed pattern is too large once its repetitions are written out")]
    TooLarge,
}

impl AllowedPattern {
    /// Compiles a pattern. The empty one means "none": compile only non-empty ones.
    pub(crate) fn new(pattern: &str) -> Result<Self, PatternError> {
        let length = pattern.chars().count();
        if length > PATTERN_LIMIT {
            return Err(PatternError::TooLong(length));
        }
        // On its own first: `a)|(b` is not a pattern, although it would be one in parentheses.
        compile(pattern)?;
        compile(&format!(r"\A(?:{pattern})\z")).map(AllowedPattern)
    }

    /// Whether the whole of `value` matches.
    pub(crate) fn allows(&self, value: &str) -> bool {
        self.0.is_match(value)
    }
}

fn compile(pattern: &str) -> Result<Regex, PatternError> {
    let compiled = RegexBuilder::new(pattern).size_limit(COMPILED_LIMIT).dfa_size_limit(COMPILED_LIMIT).build();
    compiled.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => PatternError::TooLarge,
        other => PatternError::Syntax(reason(&other.to_string())),
    })
}

/// The crate draws an arrow below the pattern; its last line says the same in words.
fn reason(message: &str) -> String {
    let last = message.lines().last().unwrap_or_default();
    last.trim().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(pattern: &str, value: &str) -> bool {
        AllowedPattern::new(pattern).unwrap().allows(value)
    }

    #[test]
    fn the_whole_value_must_match() {
        assert!(allows("[a-z]+", "abc"));
        assert!(!allows("[a-z]+", "abc1"));
        assert!(allows("^[a-z]+$", "abc"), "anchors do no harm");
        assert!(!allows("a|b", "ab"));
        assert!(allows("a|ab", "ab"), "a shorter branch does not stop a longer one");
        assert!(!allows("[a-z]+", "abc\n"));
    }

    #[test]
    fn a_pattern_cannot_leave_its_parentheses() {
        assert!(matches!(AllowedPattern::new("a)|(b"), Err(PatternError::Syntax(_))));
    }

    #[test]
    fn bad_patterns_are_refused_in_one_line() {
        let error = AllowedPattern::new("(a").unwrap_err().to_string();
        assert_eq!(error, "the allowed pattern is not a regular expression: unclosed group");
        assert!(matches!(AllowedPattern::new("(?=a)"), Err(PatternError::Syntax(_))));
        assert_eq!(AllowedPattern::new(&"a".repeat(1025)).unwrap_err(), PatternError::TooLong(1025));
        assert_eq!(AllowedPattern::new(r"((\w{99}){99}){99}").unwrap_err(), PatternError::TooLarge);
    }
}
