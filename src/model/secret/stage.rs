//! Staging labels: words on versions of a secret, each on one version at a time (secrets-manager §4).

use std::fmt;
use std::str::FromStr;

/// A staging label: AWSCURRENT, AWSPENDING, AWSPREVIOUS, or one of the user's own; 1–256 characters, none a control one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stage(String);

/// A text that is no staging label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a stage has 1 to 256 characters and no control characters")]
pub struct StageError;

/// A secret has at most so many staging labels, over all its versions.
pub const STAGES_LIMIT: usize = 20;

impl Stage {
    /// What readers get.
    pub fn current() -> Self {
        Stage("AWSCURRENT".into())
    }

    /// What an unfinished rotation prepares.
    pub fn pending() -> Self {
        Stage("AWSPENDING".into())
    }

    /// What AWSCURRENT was on before.
    pub fn previous() -> Self {
        Stage("AWSPREVIOUS".into())
    }

    /// Our own addition: the value of a rotation that was given up, kept in case the service has it already.
    pub fn aborted() -> Self {
        Stage("ABORTED".into())
    }

    /// The label as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Stage {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

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
    fn any_short_text_is_a_stage() {
        assert!("AWSSOMETHING".parse::<Stage>().is_ok() && "ä".repeat(256).parse::<Stage>().is_ok());
        for bad in ["", "a\nb", &"a".repeat(257)] {
            assert!(bad.parse::<Stage>().is_err(), "{bad}");
        }
    }
}
