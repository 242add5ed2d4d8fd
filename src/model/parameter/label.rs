//! Labels: names that point to one version of a parameter (parameter-store §8).

use std::str::FromStr;

use crate::model::name::is_reserved;
use crate::model::written::shown_as_text;

/// The maximum number of labels of a version.
pub(crate) const LABELS_LIMIT: usize = 10;

/// The longest label, in characters.
pub(crate) const LABEL_LENGTH_LIMIT: usize = 100;

/// A label: 1–100 characters of `[A-Za-z0-9_.-]`, not beginning with a digit, `aws` or `ssm`; case-sensitive.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(String);

/// A text that is not a label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a label has 1 to 100 letters, digits, `_`, `.` or `-`, and begins neither with a digit nor with `aws` or `ssm`"
)]
pub struct LabelError;

shown_as_text!(Label);

impl FromStr for Label {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, LabelError> {
        let fits = (1..=LABEL_LENGTH_LIMIT).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
            && !text.starts_with(|c: char| c.is_ascii_digit())
            && !is_reserved(text);
        if fits { Ok(Label(text.to_owned())) } else { Err(LabelError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_follow_the_rules_of_the_service() {
        for good in ["live", "Prod.2-final_", "_", "a", "aw", "-x", &"a".repeat(100)] {
            assert_eq!(good.parse::<Label>().unwrap().as_str(), good);
        }
        for bad in ["", "1a", "awsx", "SSM", "Aws.x", "a b", "a:b", "ä", "äb", "a/b", &"a".repeat(101)] {
            assert_eq!(bad.parse::<Label>(), Err(LabelError), "{bad}");
        }
    }
}
