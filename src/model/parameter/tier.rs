//! Tiers of parameters (parameter-store §4).

use std::str::FromStr;

use crate::model::written::words;

words! {
    /// The resolved tier of a version; "Intelligent-Tiering" is a request, never a state.
    #[derive(PartialOrd, Ord, Default)]
    pub enum Tier, TierError {
        /// Values up to 4 KiB.
        #[default]
        Standard = "Standard",
        /// Values up to 8 KiB, policies, and the data types that need it.
        Advanced = "Advanced",
    }
}

/// A requested tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TierRequest {
    /// Standard, or an error if that is not enough.
    Standard,
    /// Advanced.
    Advanced,
    /// Standard if that is enough, otherwise Advanced.
    Intelligent,
}

/// A text that is not a tier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a tier must be Standard, Advanced or Intelligent-Tiering")]
pub struct TierError;

impl Tier {
    /// The longest value in bytes of UTF-8. AWS speaks of 4096 and 8192 *characters* and means, as far as anybody could
    /// observe, plain ASCII; bytes are what a file holds.
    pub(crate) fn value_limit(self) -> usize {
        match self {
            Tier::Standard => 4096,
            Tier::Advanced => 8192,
        }
    }
}

impl FromStr for TierRequest {
    type Err = TierError;

    /// Accepts the words of AWS in any case, and `intelligent` for short.
    fn from_str(text: &str) -> Result<Self, TierError> {
        match text.to_ascii_lowercase().as_str() {
            "standard" => Ok(TierRequest::Standard),
            "advanced" => Ok(TierRequest::Advanced),
            "intelligent" | "intelligent-tiering" => Ok(TierRequest::Intelligent),
            _ => Err(TierError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_know_two_tiers_and_people_three() {
        assert!("Intelligent-Tiering".parse::<Tier>().is_err());
        assert!("standard".parse::<Tier>().is_err());
        assert_eq!("Intelligent-Tiering".parse(), Ok(TierRequest::Intelligent));
        assert_eq!("advanced".parse(), Ok(TierRequest::Advanced));
    }
}
