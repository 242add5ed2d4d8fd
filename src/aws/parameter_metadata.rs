//! A parameter without its value, as `DescribeParameters` answers (parameter-store §1, §10).

use serde::Serialize;

use super::parameter_policy::ParameterPolicy;
use crate::model::parameter::{Parameter, Version};
use crate::model::time::Timestamp;

/// The metadata of a parameter's version, usually the latest, without its value and its labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ParameterMetadata<D> {
    /// The name, in the spelling of its creation.
    pub name: String,
    /// `None` if no account is known.
    #[serde(rename = "ARN", skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// `String`, `StringList` or `SecureString`.
    pub r#type: &'static str,
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
    /// Number of the version.
    pub version: u64,
    /// `Standard` or `Advanced`.
    pub tier: &'static str,
    /// At most ten; the list is there even if it is empty.
    pub policies: Vec<ParameterPolicy>,
    /// `text`, `integer`, …
    pub data_type: &'static str,
}

impl<D: From<Timestamp>> ParameterMetadata<D> {
    /// Describes a parameter by one of its versions.
    pub(crate) fn of(parameter: &Parameter, version: &Version) -> Self {
        ParameterMetadata {
            name: parameter.name.to_string(),
            arn: None,
            r#type: version.parameter_type().as_str(),
            key_id: version.key().map(ToString::to_string),
            last_modified_date: version.created.into(),
            last_modified_user: version.by.to_string(),
            description: version.settings.description.clone(),
            allowed_pattern: version.settings.allowed_pattern.clone(),
            version: version.number,
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
    fn values_and_labels_are_not_in_it() {
        let mut parameter = sample::sealed_parameter();
        parameter.label(None, &["live".into()]).unwrap();
        let described = ParameterMetadata::<Seconds>::of(&parameter, &parameter.versions[0]);
        let expected = json!({
            "Name": "/a", "Type": "SecureString", "KeyId": "default", "LastModifiedDate": THEN, "LastModifiedUser": "ana",
            "Version": 1, "Tier": "Standard", "Policies": [], "DataType": "text",
        });
        assert_eq!(json(&described), expected);
    }
}
