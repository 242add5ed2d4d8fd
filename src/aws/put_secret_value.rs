//! What `CreateSecret`, `PutSecretValue` and `UpdateSecret` answer (secrets-manager §7).

use serde::Serialize;

use crate::engine::Stored;
use crate::model::name::SecretName;

/// The version that was stored, if a value was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutSecretValue {
    /// `None` if no account is known.
    #[serde(rename = "ARN", skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The secret's name.
    pub name: String,
    /// The new version, or the one that had the value under this token before; `None` without a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// Its stages, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub version_stages: Vec<String>,
}

impl PutSecretValue {
    /// Builds the answer from what was stored under a name, if anything.
    pub(crate) fn of(name: &SecretName, stored: Option<&Stored>) -> Self {
        let version = stored.and_then(|stored| stored.version.as_ref());
        let stages = stored.map(|stored| stored.stages.iter().map(ToString::to_string).collect());
        PutSecretValue {
            arn: None,
            name: name.to_string(),
            version_id: version.map(ToString::to_string),
            version_stages: stages.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::json;
    use super::*;
    use crate::model::secret::sample;

    #[test]
    fn without_a_value_there_is_no_version() {
        let name = "prod/db".parse().unwrap();
        assert_eq!(json(&PutSecretValue::of(&name, None)), json!({ "Name": "prod/db" }));
        let stages = ["blue", "AWSCURRENT"].iter().map(|stage| stage.parse().unwrap()).collect();
        let stored = Stored { version: Some(sample::id(1)), stages, key: None, repeated: false };
        let expected = json!({
            "Name": "prod/db", "VersionId": sample::id(1).as_str(), "VersionStages": ["AWSCURRENT", "blue"],
        });
        assert_eq!(json(&PutSecretValue::of(&name, Some(&stored))), expected);
    }
}
