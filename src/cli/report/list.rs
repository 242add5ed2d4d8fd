//! Names in a sentence: "`a`, `b`, and `c`".

use std::fmt;

use crate::cli::terminal::escape;

/// Names joined for a sentence, each escaped and in backticks, with "and" before the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct List {
    names: Vec<String>,
}

impl List {
    /// "`a`, `b`, and `c`".
    pub(crate) fn and<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> Self {
        List { names: names.into_iter().map(|name| format!("`{}`", escape::line(name.as_ref()))).collect() }
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.names.as_slice() {
            [] => f.write_str("none"),
            [one] => f.write_str(one),
            [one, two] => write!(f, "{one} and {two}"),
            [first @ .., last] => write!(f, "{}, and {last}", first.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_english() {
        assert_eq!(List::and::<&str>([]).to_string(), "none");
        assert_eq!(List::and(["a"]).to_string(), "`a`");
        assert_eq!(List::and(["a", "b"]).to_string(), "`a` and `b`");
        assert_eq!(List::and(["a", "b", "c"]).to_string(), "`a`, `b`, and `c`");
    }
}
