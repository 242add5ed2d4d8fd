//! Masks: texts that stand for a value and are put in its place by mistake.

/// What is said of a value that is one.
pub(super) const LOOKS_MASKED: &str = "this looks like the mask of a value, not like a value";

/// Words that other programs print instead of a value, in brackets of any kind.
const WORDS: [&str; 6] = ["redacted", "masked", "hidden", "filtered", "sensitive", "sensitive value"];

/// Whether a value is what some program shows instead of a value: `****`, `••••`, `[REDACTED]`, `<hidden>`.
///
/// Storing it would replace a secret by its own mask. White space around it does not count; two stars are a value.
pub fn looks_masked(text: &str) -> bool {
    let text = text.trim();
    is_blot(text) || unwrapped(text).is_some_and(|word| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

/// Three or more of the characters that masks are drawn with, and nothing else.
fn is_blot(text: &str) -> bool {
    text.chars().count() >= 3 && text.chars().all(|c| matches!(c, '*' | '•' | '●' | '∗' | '█'))
}

/// What stands between one or more pairs of brackets or stars.
fn unwrapped(text: &str) -> Option<&str> {
    let inner = text
        .trim_start_matches(['[', '<', '(', '{', '*'])
        .trim_end_matches([']', '>', ')', '}', '*'])
        .trim_matches(' ');
    (inner.len() < text.len()).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_of_other_programs_are_recognised() {
        for mask in
            ["***", "********", " **** \n", "••••", "[REDACTED]", "<redacted>", "***REDACTED***", "(sensitive value)"]
        {
            assert!(looks_masked(mask), "{mask}");
        }
    }

    #[test]
    fn values_that_resemble_masks_are_values() {
        for value in ["**", "*/5 * * * *", "***a", "redacted", "[redacted by ana]", "{}", "[]", "", "(secret)", "* * *"]
        {
            assert!(!looks_masked(value), "{value}");
        }
    }
}
