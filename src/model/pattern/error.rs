//! What is wrong with a pattern, and where.

/// Why a text is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{fault}", place(path))]
pub struct PatternError {
    /// The path of the key, such as `detail.$or[1].name`; empty for the whole pattern.
    pub path: String,
    /// What is wrong there.
    pub fault: PatternFault,
}

/// What is wrong with a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternFault {
    /// Longer than a document allows.
    #[error("a pattern can have at most {limit} bytes, not {length}")]
    TooLong {
        /// The length of the text.
        length: usize,
        /// The maximum.
        limit: usize,
    },
    /// Not JSON.
    #[error("not valid JSON: {0}")]
    Json(String),
    /// Not an object.
    #[error("a pattern must be a JSON object")]
    NotAnObject,
    /// An object without fields, which would match everything.
    #[error("an empty object is not allowed")]
    EmptyObject,
    /// An object with the same key twice.
    #[error("a key is given twice")]
    Repeated,
    /// A field that is neither a list of values nor a nested pattern.
    #[error(r#"must be an array of values, such as ["x"], or an object"#)]
    NotAList,
    /// An array without values, which would never match.
    #[error("an empty array is not allowed")]
    EmptyArray,
    /// A value in an array that is an array.
    #[error("an array in an array is not allowed")]
    NestedArray,
    /// A field that a branch of `$or` constrains and something beside it too.
    #[error("constrained both inside and outside of `$or`; use one of them")]
    Twice,
    /// `$or` without two patterns to choose from.
    #[error("`$or` must be an array of two or more objects")]
    Or,
    /// Too many levels.
    #[error("nested more than {0} levels deep")]
    TooDeep(usize),
    /// Too many combinations of the branches of `$or`.
    #[error("the branches of `$or` have more than {0} combinations")]
    TooManyCombinations(usize),
    /// Combinations that are too large.
    #[error("too complex: all combinations of `$or` have more than {0} fields")]
    TooComplex(usize),
    /// A matcher that is not one key and its operand.
    #[error(r#"a matcher must be an object with one key, such as {{"prefix": "x"}}"#)]
    Matcher,
    /// A matcher that does not exist.
    #[error("{0:?} is not a matcher")]
    UnknownMatcher(String),
    /// The operand of a matcher has the wrong form.
    #[error("`{matcher}` needs {expected}")]
    Operand {
        /// The matcher.
        matcher: &'static str,
        /// What it needs.
        expected: &'static str,
    },
}

impl PatternFault {
    /// The fault at a path.
    pub(super) fn at(self, path: &str) -> PatternError {
        PatternError { path: path.to_owned(), fault: self }
    }
}

fn place(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("`{path}`: ") }
}
