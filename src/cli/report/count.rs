//! A number with its noun: "1 secret", "2 secrets".

use std::fmt;

/// A number of things, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    number: usize,
    one: &'static str,
    many: Option<&'static str>,
}

impl Count {
    /// A noun whose plural ends in `s`.
    pub(crate) fn of(number: usize, noun: &'static str) -> Self {
        Count { number, one: noun, many: None }
    }

    /// A noun with an irregular plural, such as "entry" and "entries".
    pub(crate) fn of_irregular(number: usize, one: &'static str, many: &'static str) -> Self {
        Count { number, one, many: Some(many) }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.number, self.many) {
            (1, _) => write!(f, "1 {}", self.one),
            (number, Some(many)) => write!(f, "{number} {many}"),
            (number, None) => write!(f, "{number} {}s", self.one),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_is_singular() {
        let shown = [0, 1, 2].map(|n| Count::of(n, "secret").to_string());
        assert_eq!(shown, ["0 secrets", "1 secret", "2 secrets"]);
        assert_eq!(Count::of_irregular(2, "entry", "entries").to_string(), "2 entries");
    }
}
