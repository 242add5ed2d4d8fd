//! The versions of a secret, as `ListSecretVersionIds` answers (secrets-manager §5).

use serde::Serialize;

use crate::model::secret::SecretVersion;
use crate::model::time::Timestamp;

/// One page of versions, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListSecretVersionIds<D> {
    /// `None` if no account is known.
    #[serde(rename = "ARN", skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The secret's name.
    pub name: String,
    /// Those without a stage are included only if requested.
    pub versions: Vec<SecretVersionEntry<D>>,
    /// Where the next page begins; `None` on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// One version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SecretVersionEntry<D> {
    /// 32–64 characters.
    pub version_id: String,
    /// Sorted; none if the version is deprecated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub version_stages: Vec<String>,
    /// When the version was written.
    pub created_date: D,
    /// The day on which it was read last, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_accessed_date: Option<D>,
    /// An extension of vault: the member who wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_user: Option<String>,
    /// Name of the key; `None` for a version that has no value yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_ids: Option<[String; 1]>,
}

impl<D: From<Timestamp>> From<&SecretVersion> for SecretVersionEntry<D> {
    fn from(version: &SecretVersion) -> Self {
        SecretVersionEntry {
            version_id: version.id().to_string(),
            version_stages: version.stages.iter().map(ToString::to_string).collect(),
            created_date: version.created.into(),
            last_accessed_date: None,
            created_user: None,
            kms_key_ids: version.content.as_ref().map(|sealed| [sealed.key.name.to_string()]),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::{Seconds, THEN, json};
    use super::*;
    use crate::model::secret::sample;

    #[test]
    fn a_version_without_a_value_has_no_key() {
        let mut version = sample::version(1);
        let id = version.id().to_string();
        let shown = json(&SecretVersionEntry::<Seconds>::from(&version));
        assert_eq!(shown, json!({ "VersionId": id, "CreatedDate": THEN, "KmsKeyIds": ["default"] }));
        version.content = None;
        version.stages.insert("AWSPENDING".parse().unwrap());
        let shown = json(&SecretVersionEntry::<Seconds>::from(&version));
        assert_eq!(shown, json!({ "VersionId": id, "VersionStages": ["AWSPENDING"], "CreatedDate": THEN }));
    }
}
