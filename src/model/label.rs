//! Labels: names that point at one version of a parameter (parameter-store §8).

use std::fmt;
use std::str::FromStr;

/// A label: 1–100 characters of `[A-Za-z0-9_.-]`, not beginning with a digit, `aws` or `ssm`; case-sensitive.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(String);

/// A text that is not a label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a label has 1 to 100 letters, digits, `_`, `.` or `-`, and begins neither with a digit nor with `aws` or `ssm`"
)]
pub struct LabelError;

impl Label {
    /// The label as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Label {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, LabelError> {
        let begins = |prefix: &str| text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        let fits = (1..=100).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
            && !text.starts_with(|c: char| c.is_ascii_digit())
            && !begins("aws")
            && !begins("ssm");
        if fits { Ok(Label(text.to_owned())) } else { Err(LabelError) }
    }
}
