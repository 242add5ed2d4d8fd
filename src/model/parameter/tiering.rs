//! Which tier a put leads to (parameter-store §4).

use super::error::ParameterError;
use super::tier::{Tier, TierRequest};

impl Tier {
    /// The tier of a new version: the requested tier, otherwise the existing one, otherwise Standard.
    ///
    /// `size` is the value's in bytes, `need` what needs the Advanced tier, in words, if anything does.
    pub(crate) fn resolve(
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
}
