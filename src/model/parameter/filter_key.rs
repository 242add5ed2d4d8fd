//! What filters can select by, and how they compare (parameter-store §10).

use std::fmt;
use std::str::FromStr;

use super::filter_error::FilterError;
use crate::model::written::{UnknownWord, words};

/// What a filter selects by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FilterKey {
    /// The name.
    Name,
    /// String, `StringList` or `SecureString`.
    Type,
    /// The name of the key; parameters that are not encrypted have none.
    KeyId,
    /// The place in the hierarchy.
    Path,
    /// Standard or Advanced. Intelligent-Tiering is accepted but never matches, because it is not a state.
    Tier,
    /// The data type.
    DataType,
    /// A label on any version.
    Label,
    /// The tag of that key.
    Tag(String),
}

words! {
    /// How a filter compares.
    pub(crate) enum Comparison, UnknownWord {
        /// The same text.
        Equals = "Equals",
        /// The same beginning.
        BeginsWith = "BeginsWith",
        /// The text somewhere inside.
        Contains = "Contains",
        /// Direct children of a path.
        OneLevel = "OneLevel",
        /// Everything below a path.
        Recursive = "Recursive",
    }
}

const KEYS: &str = "Name, Type, KeyId, Path, Tier, DataType, Label and tag:KEY";

impl Comparison {
    /// Whether a text that was found compares so with a filter's value.
    pub(super) fn holds(self, found: &str, value: &str) -> bool {
        match self {
            Comparison::BeginsWith | Comparison::Recursive => found.starts_with(value),
            Comparison::Contains => found.contains(value),
            Comparison::Equals | Comparison::OneLevel => found == value,
        }
    }
}

impl FilterKey {
    /// The ways to compare, the usual one first.
    pub(crate) fn comparisons(&self) -> &'static [Comparison] {
        match self {
            FilterKey::Name => &[Comparison::Equals, Comparison::BeginsWith, Comparison::Contains],
            FilterKey::Path => &[Comparison::OneLevel, Comparison::Recursive],
            FilterKey::Label => &[Comparison::Equals],
            FilterKey::Type | FilterKey::KeyId | FilterKey::Tier | FilterKey::DataType | FilterKey::Tag(_) => {
                &[Comparison::Equals, Comparison::BeginsWith]
            }
        }
    }
}

impl fmt::Display for FilterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FilterKey::Name => "Name",
            FilterKey::Type => "Type",
            FilterKey::KeyId => "KeyId",
            FilterKey::Path => "Path",
            FilterKey::Tier => "Tier",
            FilterKey::DataType => "DataType",
            FilterKey::Label => "Label",
            FilterKey::Tag(key) => return write!(f, "tag:{key}"),
        })
    }
}

impl FromStr for FilterKey {
    type Err = FilterError;

    /// Reads the words of AWS.
    fn from_str(text: &str) -> Result<Self, FilterError> {
        match text {
            "Name" => Ok(FilterKey::Name),
            "Type" => Ok(FilterKey::Type),
            "KeyId" => Ok(FilterKey::KeyId),
            "Path" => Ok(FilterKey::Path),
            "Tier" => Ok(FilterKey::Tier),
            "DataType" => Ok(FilterKey::DataType),
            "Label" => Ok(FilterKey::Label),
            _ => match text.strip_prefix("tag:") {
                Some(key) if (1..=128).contains(&key.chars().count()) => Ok(FilterKey::Tag(key.to_owned())),
                _ => Err(FilterError::Key { key: text.chars().take(132).collect(), valid: KEYS }),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_words_of_the_service() {
        for text in ["Name", "Type", "KeyId", "Path", "Tier", "DataType", "Label", "tag:Team", "tag:a:b=c"] {
            assert_eq!(text.parse::<FilterKey>().unwrap().to_string(), text);
        }
        for bad in ["", "name", "tag:", "Tag:x", &format!("tag:{}", "a".repeat(129))] {
            assert!(matches!(bad.parse::<FilterKey>(), Err(FilterError::Key { .. })), "{bad}");
        }
    }
}
