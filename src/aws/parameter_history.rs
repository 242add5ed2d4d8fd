//! A version of a parameter, as `GetParameterHistory` answers (parameter-store §1, §10).

use std::sync::Arc;

use serde::Serialize;

use super::parameter_policy::ParameterPolicy;
use super::value;
use crate::model::parameter::{Parameter, Version};
use crate::model::time::Timestamp;
use crate::model::value::SecretValue;

/// One version with all its settings. The value is wiped on drop.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ParameterHistory<D> {
    /// The name, in the spelling of its creation.
    pub name: String,
    /// Number of the version, from 1.
    pub version: u64,
    /// `String`, `StringList` or `SecureString`.
    pub r#type: &'static str,
    /// The plaintext, if requested.
    #[serde(serialize_with = "value::optional_text", skip_serializing_if = "Option::is_none")]
    pub value: Option<Arc<SecretValue>>,
    /// Name of the key, for a `SecureString`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// When the version was written.
    pub last_modified_date: D,
    /// The member who wrote it.
    pub last_modified_user: String,
    /// Up to 1024 characters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Up to 1024 characters of a regular expression.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub allowed_pattern: String,
    /// At most ten, sorted.
    pub labels: Vec<String>,
    /// `Standard` or `Advanced`.
    pub tier: &'static str,
    /// At most ten.
    pub policies: Vec<ParameterPolicy>,
    /// `text`, `integer`, …
    pub data_type: &'static str,
}

impl<D: From<Timestamp>> ParameterHistory<D> {
    /// Describes one version, with its value if one is given.
    pub(crate) fn of(parameter: &Parameter, version: &Version, value: Option<Arc<SecretValue>>) -> Self {
        ParameterHistory {
            name: parameter.name.to_string(),
            version: version.number,
            r#type: version.parameter_type().as_str(),
            value,
            key_id: version.key().map(ToString::to_string),
            last_modified_date: version.created.into(),
            last_modified_user: version.by.to_string(),
            description: version.settings.description.clone(),
            allowed_pattern: version.settings.allowed_pattern.clone(),
            labels: version.labels.iter().map(ToString::to_string).collect(),
            tier: version.settings.tier.as_str(),
            policies: ParameterPolicy::all(parameter, version),
            data_type: version.settings.data_type.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::{Seconds, THEN, json};
    use super::*;
    use crate::model::parameter::sample;

    #[test]
    fn what_has_no_content_is_left_out_but_for_lists() {
        let parameter = sample::parameter(1);
        let shown = json(&ParameterHistory::<Seconds>::of(&parameter, &parameter.versions[0], None));
        let expected = json!({
            "Name": "/a", "Version": 1, "Type": "String", "LastModifiedDate": THEN, "LastModifiedUser": "ana",
            "Labels": [], "Tier": "Standard", "Policies": [], "DataType": "text",
        });
        assert_eq!(shown, expected);
    }

    #[test]
    fn only_an_encrypted_value_has_a_key() {
        let mut parameter = sample::sealed_parameter();
        parameter.versions[0].settings.description = "both".into();
        parameter.label(None, &["live".into()]).unwrap();
        let value = Some(Arc::new(SecretValue::from_text("hunter2".into())));
        let shown = json(&ParameterHistory::<Seconds>::of(&parameter, &parameter.versions[0], value));
        assert_eq!((&shown["Type"], &shown["KeyId"]), (&json!("SecureString"), &json!("default")));
        assert_eq!(
            (&shown["Value"], &shown["Labels"], &shown["Description"]),
            (&json!("hunter2"), &json!(["live"]), &json!("both"))
        );
    }
}
