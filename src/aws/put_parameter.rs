//! What `PutParameter` answers (parameter-store §5).

use serde::Serialize;

use crate::engine::PutOutcome;

/// The version that a put has added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutParameter {
    /// Its number: 1 for a creation, otherwise one more than the latest.
    pub version: u64,
    /// The resolved tier, `Standard` or `Advanced`; never `Intelligent-Tiering`.
    pub tier: &'static str,
}

impl From<&PutOutcome> for PutParameter {
    fn from(outcome: &PutOutcome) -> Self {
        PutParameter { version: outcome.version, tier: outcome.tier.as_str() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::json;
    use super::*;
    use crate::model::parameter::{ParameterType, Tier};

    #[test]
    fn the_tier_is_the_resolved_one() {
        let outcome = PutOutcome {
            name: "/a".parse().unwrap(),
            version: 3,
            tier: Tier::Advanced,
            parameter_type: ParameterType::String,
            key: None,
            type_before: None,
            expired: None,
        };
        assert_eq!(json(&PutParameter::from(&outcome)), json!({ "Version": 3, "Tier": "Advanced" }));
    }
}
