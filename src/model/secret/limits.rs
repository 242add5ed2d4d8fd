//! Limits of secrets.

/// The longest description, in characters.
pub(crate) const DESCRIPTION_LIMIT: usize = 2048;
/// The longest resource policy, in characters.
pub(crate) use crate::model::iam::RESOURCE_POLICY_LIMIT as POLICY_LIMIT;
/// Beyond this number of versions, those without a stage are removed, the oldest first, but none younger than a day.
pub(crate) const VERSIONS_KEPT: usize = 100;
/// A secret cannot have more versions than that.
pub(crate) const VERSIONS_LIMIT: usize = 150;
/// Valid recovery windows, in days.
pub(crate) const RECOVERY_DAYS: std::ops::RangeInclusive<u32> = 7..=30;
/// The default recovery window, in days.
pub(crate) const USUAL_RECOVERY_DAYS: u32 = 30;
