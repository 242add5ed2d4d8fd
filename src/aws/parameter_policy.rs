//! A policy of a parameter, as it is read out (parameter-store §12).

use serde::Serialize;

use crate::model::parameter::Policy;

/// One policy, in the form of `ParameterInlinePolicy`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the members have these names on the wire")]
pub(crate) struct ParameterPolicy {
    /// `Pending`: a vault does not record whether a notification was sent.
    pub policy_status: &'static str,
    /// The policy as it was put: JSON text.
    pub policy_text: String,
    /// `Expiration`, `ExpirationNotification` or `NoChangeNotification`.
    pub policy_type: &'static str,
}

impl From<&Policy> for ParameterPolicy {
    fn from(policy: &Policy) -> Self {
        ParameterPolicy {
            policy_status: "Pending",
            policy_text: policy.as_str().to_owned(),
            policy_type: policy.type_name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::json;
    use super::*;
    use crate::model::parameter::Rule;

    #[test]
    fn the_text_of_a_policy_stays_text() {
        let text = r#"{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2027-01-31T00:00:00Z"}}"#;
        let policy = Policy::new(Rule::Expiration("2027-01-31T00:00:00Z".parse().unwrap()));
        let expected = json!({ "PolicyText": text, "PolicyType": "Expiration", "PolicyStatus": "Pending" });
        assert_eq!(json(&ParameterPolicy::from(&policy)), expected);
    }
}
