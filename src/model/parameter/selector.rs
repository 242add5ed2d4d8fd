//! Selects a version of a parameter: `NAME`, `NAME:3` or `NAME:live` (parameter-store §9).

use std::fmt;
use std::str::FromStr;

use super::label::{Label, LabelError};
use crate::model::name::{NameError, ParameterName};

/// A choice of one version. It never falls back to another one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Selector {
    /// The version with the highest number.
    #[default]
    Latest,
    /// The version of that number.
    Version(u64),
    /// The version that carries that label.
    Label(Label),
}

/// A parameter's name with the selected version.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ParameterRef {
    /// The bare name.
    pub name: ParameterName,
    /// The version.
    pub selector: Selector,
}

/// Why a text is not a reference to a parameter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// The part before the colon is not a name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The part after the colon is not a number, and not a label either.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// A number that no version can have, or that is written otherwise.
    #[error("version numbers count from 1 and have no leading zero")]
    Number,
}

impl FromStr for Selector {
    type Err = SelectorError;

    /// Parses the part after the colon. A label cannot begin with a digit, so all digits mean a version.
    fn from_str(text: &str) -> Result<Self, SelectorError> {
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(Selector::Label(text.parse()?));
        }
        match text.parse() {
            Ok(number) if !text.starts_with('0') => Ok(Selector::Version(number)),
            _ => Err(SelectorError::Number),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Selector::Latest => f.write_str("latest"),
            Selector::Version(number) => write!(f, "{number}"),
            Selector::Label(label) => label.fmt(f),
        }
    }
}

impl FromStr for ParameterRef {
    type Err = SelectorError;

    /// Reads `NAME`, `NAME:VERSION` or `NAME:LABEL`.
    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let (name, selector) = match text.split_once(':') {
            None => (text, Selector::Latest),
            Some((name, selector)) => (name, selector.parse()?),
        };
        Ok(ParameterRef { name: name.parse()?, selector })
    }
}

impl fmt::Display for ParameterRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.selector {
            Selector::Latest => self.name.fmt(f),
            selector => write!(f, "{}:{selector}", self.name),
        }
    }
}

impl From<ParameterName> for ParameterRef {
    fn from(name: ParameterName) -> Self {
        ParameterRef { name, selector: Selector::Latest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_round_trip() {
        for text in ["/a/b", "x", "/a:3", "/a/b:live", "x:prod.2-final_"] {
            assert_eq!(text.parse::<ParameterRef>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn digits_mean_a_version_and_anything_else_a_label() {
        let selector = |text: &str| text.parse::<ParameterRef>().map(|reference| reference.selector);
        assert_eq!(selector("/a"), Ok(Selector::Latest));
        assert_eq!(selector("/a:12"), Ok(Selector::Version(12)));
        assert_eq!(selector("/a:v12"), Ok(Selector::Label("v12".parse().unwrap())));
    }

    #[test]
    fn malformed_references_say_which_part_is_wrong() {
        let error = |text: &str| text.parse::<ParameterRef>().unwrap_err();
        assert_eq!(error("/a:0"), SelectorError::Number);
        assert_eq!(error("/a:01"), SelectorError::Number);
        assert_eq!(error("/a:99999999999999999999"), SelectorError::Number);
        assert_eq!(error("/a:"), SelectorError::Label(LabelError));
        assert_eq!(error("/a:2b"), SelectorError::Label(LabelError));
        assert_eq!(error("/a:b:c"), SelectorError::Label(LabelError));
        assert_eq!(error(":3"), SelectorError::Name(NameError::Empty));
    }
}
