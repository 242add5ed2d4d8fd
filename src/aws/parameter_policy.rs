//! A policy of a parameter, as it is read out (parameter-store §12).

use serde::Serialize;

use crate::model::parameter::{Parameter, Policy, Version};

/// One policy, in the form of `ParameterInlinePolicy`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the members have these names on the wire")]
pub(crate) struct ParameterPolicy {
    /// `Pending` until it has fired for the version, then `Finished`.
    pub policy_status: &'static str,
    /// The policy as it was put: JSON text.
    pub policy_text: String,
    /// `Expiration`, `ExpirationNotification` or `NoChangeNotification`.
    pub policy_type: &'static str,
}

impl ParameterPolicy {
    /// The policies of one version.
    pub(super) fn all(parameter: &Parameter, version: &Version) -> Vec<Self> {
        let describe = |policy: &Policy| ParameterPolicy {
            policy_status: parameter.policy_status(version, policy).as_str(),
            policy_text: policy.as_str().to_owned(),
            policy_type: policy.type_name(),
        };
        version.settings.policies.iter().map(describe).collect()
    }

    /// The same with an instant to the millisecond, as AWS writes it.
    #[must_use]
    pub(crate) fn with_millis(self) -> Self {
        if self.policy_type != "Expiration" {
            return self;
        }
        ParameterPolicy { policy_text: self.policy_text.replace("Z\"", ".000Z\""), ..self }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::json;
    use super::*;
    use crate::model::id::Uid;
    use crate::model::parameter::{Rule, sample};

    #[test]
    fn the_text_of_a_policy_stays_text_and_its_status_is_that_of_the_version() {
        let text = r#"{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2027-01-31T00:00:00Z"}}"#;
        let policy = Policy::new(Rule::Expiration("2027-01-31T00:00:00Z".parse().unwrap()));
        let mut parameter = sample::parameter(2);
        for (number, version) in (1..).zip(&mut parameter.versions) {
            (version.uid, version.settings.policies) = (Uid([number; 16]), vec![policy.clone()]);
        }
        parameter.fire("2027-02-01T00:00:00Z".parse().unwrap());
        let exact = ParameterPolicy::all(&parameter, &parameter.versions[0])[0].clone().with_millis().policy_text;
        assert!(exact.ends_with(r#"{"Timestamp":"2027-01-31T00:00:00.000Z"}}"#), "{exact}");
        for (version, status) in parameter.versions.iter().zip(["Pending", "Finished"]) {
            let expected = json!([{ "PolicyText": text, "PolicyType": "Expiration", "PolicyStatus": status }]);
            assert_eq!(json(&ParameterPolicy::all(&parameter, version)), expected);
        }
    }
}
