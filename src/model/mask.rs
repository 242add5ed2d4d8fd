//! Masks: placeholders for a value that are stored instead of it by mistake.

/// The message for a value that is one.
pub(crate) const LOOKS_MASKED: &str = "this looks like a masked value, not a real one";

/// Words that other programs print instead of a value, in brackets of any kind.
const WORDS: [&str; 6] = ["redacted", "masked", "hidden", "filtered", "sensitive", "sensitive value"];

/// Whether a value is what some programs show instead of a value: `****`, `••••`, `[REDACTED]`, `<hidden>`.
///
/// Storing it as a text would replace a secret with its own mask. White space around it is ignored; two stars are a value.
pub(crate) fn looks_masked(text: &str) -> bool {
    let text = text.trim();
    is_drawn_with(text, &['*', '•', '●', '∗', '█']) || unwrapped(text).is_some_and(|word| is_one_of(&WORDS, word))
}

/// Three or more of some characters, and nothing else.
fn is_drawn_with(text: &str, blots: &[char]) -> bool {
    text.chars().count() >= 3 && text.chars().all(|c| blots.contains(&c))
}

fn is_one_of(words: &[&str], text: &str) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// The text between one or more pairs of brackets or stars.
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
