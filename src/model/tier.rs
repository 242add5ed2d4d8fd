//! Tiers of parameters (parameter-store §4).

use std::str::FromStr;

use super::parameter_error::ParameterError;

/// The resolved tier of a version; "Intelligent-Tiering" is a request, never a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Tier {
    /// Values up to 4 KiB.
    #[default]
    Standard,
    /// Values up to 8 KiB, policies, and the data types that need it.
    Advanced,
}

/// A tier as somebody asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TierRequest {
    /// Standard, or an error where that is not enough.
    Standard,
    /// Advanced.
    Advanced,
    /// Standard where that is enough, else Advanced.
    Intelligent,
}

/// A text that is not a tier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a tier is Standard, Advanced or Intelligent-Tiering")]
pub struct TierError;

impl Tier {
    /// The word that AWS and documents use.
    pub fn as_str(self) -> &'static str {
        match self {
            Tier::Standard => "Standard",
            Tier::Advanced => "Advanced",
        }
    }

    /// The longest value in bytes of UTF-8. AWS speaks of 4096 and 8192 *characters* and means, as far as anybody could
    /// observe, plain ASCII; bytes are what a file holds.
    pub fn value_limit(self) -> usize {
        match self {
            Tier::Standard => 4096,
            Tier::Advanced => 8192,
        }
    }

    /// The tier of a new version: what was asked for, else the existing tier, else Standard.
    ///
    /// `size` is the value's in bytes, `need` what needs the Advanced tier, in words, if anything does.
    pub fn resolve(
        request: Option<TierRequest>,
        existing: Option<Tier>,
        size: usize,
        need: Option<&'static str>,
    ) -> Result<Tier, ParameterError> {
        let tier = match (request, existing) {
            (Some(TierRequest::Standard), Some(Tier::Advanced)) => return Err(ParameterError::Downgrade),
            (Some(TierRequest::Advanced), _) | (_, Some(Tier::Advanced)) => Tier::Advanced,
            (Some(TierRequest::Intelligent), _) if size > Tier::Standard.value_limit() || need.is_some() => {
                Tier::Advanced
            }
            _ => Tier::Standard,
        };
        match need {
            _ if size > tier.value_limit() => {
                Err(ParameterError::TooLarge { limit: tier.value_limit(), actual: size, tier })
            }
            Some(reason) if tier == Tier::Standard => Err(ParameterError::TierNeeded { reason }),
            _ => Ok(tier),
        }
    }
}

impl FromStr for Tier {
    type Err = TierError;

    /// Accepts the words of documents only.
    fn from_str(text: &str) -> Result<Self, TierError> {
        [Tier::Standard, Tier::Advanced].into_iter().find(|tier| tier.as_str() == text).ok_or(TierError)
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

    const SMALL: usize = 4096;
    const LARGE: usize = 8192;

    #[test]
    fn an_omitted_tier_stays_what_it_was() {
        assert_eq!(Tier::resolve(None, None, SMALL, None), Ok(Tier::Standard));
        assert_eq!(Tier::resolve(None, Some(Tier::Advanced), SMALL, None), Ok(Tier::Advanced));
    }

    #[test]
    fn standard_never_takes_back_advanced() {
        let standard = Some(TierRequest::Standard);
        assert_eq!(Tier::resolve(standard, Some(Tier::Advanced), SMALL, None), Err(ParameterError::Downgrade));
        let intelligent = Some(TierRequest::Intelligent);
        assert_eq!(Tier::resolve(intelligent, Some(Tier::Advanced), SMALL, None), Ok(Tier::Advanced));
    }

    #[test]
    fn intelligent_takes_the_smallest_tier_that_serves() {
        let resolve = |size, need| Tier::resolve(Some(TierRequest::Intelligent), Some(Tier::Standard), size, need);
        assert_eq!(resolve(SMALL, None), Ok(Tier::Standard));
        assert_eq!(resolve(SMALL + 1, None), Ok(Tier::Advanced));
        assert_eq!(resolve(SMALL, Some("policies")), Ok(Tier::Advanced));
    }

    #[test]
    fn each_tier_has_its_limits() {
        let too_large = |limit, actual, tier| Err(ParameterError::TooLarge { limit, actual, tier });
        assert_eq!(Tier::resolve(None, None, SMALL + 1, None), too_large(4096, 4097, Tier::Standard));
        let advanced = Some(TierRequest::Advanced);
        assert_eq!(Tier::resolve(advanced, None, LARGE, None), Ok(Tier::Advanced));
        assert_eq!(Tier::resolve(advanced, None, LARGE + 1, None), too_large(8192, 8193, Tier::Advanced));
        let needed = Err(ParameterError::TierNeeded { reason: "policies" });
        assert_eq!(Tier::resolve(None, None, 1, Some("policies")), needed);
    }

    #[test]
    fn documents_know_two_tiers_and_people_three() {
        assert!("Intelligent-Tiering".parse::<Tier>().is_err());
        assert!("standard".parse::<Tier>().is_err());
        assert_eq!("Intelligent-Tiering".parse(), Ok(TierRequest::Intelligent));
        assert_eq!("advanced".parse(), Ok(TierRequest::Advanced));
    }
}
