//! The settings of a vault, which its admins sign in the trust chain (FORMAT.md, trust snapshot).

use super::freshness::Freshness;
use super::period::Period;
use super::scope::Scope;
use super::written::{UnknownWord, words};

/// Settings of a vault. A machine's own configuration may be stricter and never laxer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// The account in ARNs: 12 digits, or empty for one that is derived from the vault's id.
    pub account: String,
    /// The regions that may be named; empty for every one.
    pub regions: Vec<String>,
    /// What happens to a document that is older than what a machine has seen elsewhere.
    pub freshness: Freshness,
    /// Whether an opening that cannot be logged is refused.
    pub audit: Audit,
    /// How long the log is kept, such as `90d`; empty for ever.
    pub audit_retention: String,
    /// Scopes whose values are opened only with a reason.
    pub reasons: Vec<Scope>,
    /// How long an expired parameter is kept before it is purged, such as `30d`; empty for a week.
    pub expired_grace: String,
}

impl Settings {
    /// Whether a region may be named.
    pub(crate) fn allows_region(&self, region: &str) -> bool {
        self.regions.is_empty() || self.regions.iter().any(|allowed| allowed == region)
    }

    /// How long an expired parameter is kept before it is purged: for ever, if the format has a longer one than there is.
    pub(crate) fn grace(&self) -> Period {
        match self.expired_grace.as_str() {
            "" => Period::WEEK,
            stated => stated.parse().unwrap_or(Period::LONGEST),
        }
    }
}

words! {
    /// Whether an opening that cannot be logged is refused.
    #[derive(PartialOrd, Ord, Default)]
    pub enum Audit, UnknownWord {
        /// It is not.
        #[default]
        Optional = "optional",
        /// It is.
        Required = "required",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expired_parameter_is_never_purged_too_early() {
        let grace = |stated: &str| {
            let settings = Settings { expired_grace: stated.to_owned(), ..Settings::default() };
            settings.grace().to_string()
        };
        assert_eq!(grace(""), "7d");
        assert_eq!(grace("36h"), "36h");
        assert_eq!(grace("99999999h"), "876600d");
    }
}
