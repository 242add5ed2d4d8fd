//! Words for a POSIX shell.

/// A single quote inside single quotes: end the string, add an escaped quote, begin the string again.
pub(crate) const QUOTE: &str = r"'\''";

/// A word in single quotes, inside which nothing is special to a shell.
pub(crate) fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', QUOTE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_the_word_back() {
        for word in ["", "plain", "it's", "'", "a b\n$HOME `x` \"y\" \\"] {
            let said = std::process::Command::new("sh").args(["-c", &format!("printf %s {}", quoted(word))]).output();
            assert_eq!(said.unwrap().stdout, word.as_bytes(), "{word}");
        }
    }
}
