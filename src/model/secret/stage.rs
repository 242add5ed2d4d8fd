//! Staging labels: words on versions of a secret, each on one version at a time (secrets-manager §4).

use std::str::FromStr;

use crate::model::written::shown_as_text;

/// A staging label: AWSCURRENT, AWSPENDING, AWSPREVIOUS, or a custom one; 1–256 characters, none a control one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stage(String);

/// A text that is not a staging label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a stage has 1 to 256 characters and no control characters")]
pub struct StageError;

/// The maximum number of staging labels of a secret, over all its versions.
pub(crate) const STAGES_LIMIT: usize = 20;

const ABORTED: &str = "ABORTED";

impl Stage {
    /// The version that readers get.
    pub fn current() -> Self {
        Stage("AWSCURRENT".into())
    }

    /// The version that an unfinished rotation prepares.
    pub fn pending() -> Self {
        Stage("AWSPENDING".into())
    }

    /// The version that was AWSCURRENT before.
    pub fn previous() -> Self {
        Stage("AWSPREVIOUS".into())
    }

    /// An extension of ours: the value of an aborted rotation, kept in case the service has it already. The newest one
    /// is ABORTED (place 1), the previous one ABORTED-2, and so on.
    pub fn aborted(place: usize) -> Self {
        Stage(if place < 2 { ABORTED.into() } else { format!("{ABORTED}-{place}") })
    }

    /// The place among the values of aborted rotations, if this is one of their stages.
    pub(crate) fn aborted_place(&self) -> Option<usize> {
        let rest = self.0.strip_prefix(ABORTED)?;
        let place = if rest.is_empty() { 1 } else { rest.strip_prefix('-')?.parse().ok()? };
        (*self == Stage::aborted(place)).then_some(place)
    }
}

shown_as_text!(Stage);

impl FromStr for Stage {
    type Err = StageError;

    fn from_str(text: &str) -> Result<Self, StageError> {
        let fits = (1..=256).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if fits { Ok(Stage(text.to_owned())) } else { Err(StageError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_of_aborted_rotations_have_places() {
        for (text, place) in [("ABORTED", Some(1)), ("ABORTED-2", Some(2)), ("ABORTED-12", Some(12))] {
            assert_eq!(text.parse::<Stage>().unwrap().aborted_place(), place);
            assert_eq!(place.map(Stage::aborted), text.parse().ok());
        }
        for text in ["ABORTED-", "ABORTED-1", "ABORTED-02", "ABORTED-0", "ABORTED2", "aborted", "AWSCURRENT"] {
            assert_eq!(text.parse::<Stage>().unwrap().aborted_place(), None, "{text}");
        }
    }

    #[test]
    fn any_short_text_is_a_stage() {
        assert!("AWSSOMETHING".parse::<Stage>().is_ok() && "ä".repeat(256).parse::<Stage>().is_ok());
        for bad in ["", "a\nb", &"a".repeat(257)] {
            assert!(bad.parse::<Stage>().is_err(), "{bad}");
        }
    }
}
