//! What `RotateSecret` and `CancelRotateSecret` answer (secrets-manager §8).

use serde::Serialize;

use crate::model::name::SecretName;
use crate::model::secret::VersionId;

/// The rotation that was begun or stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RotateSecret {
    /// `None` if no account is known.
    #[serde(rename = "ARN", skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The secret's name.
    pub name: String,
    /// The pending version; after a cancellation the one left behind, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
}

impl RotateSecret {
    /// Builds the answer from the version of a secret that was left pending, if any.
    pub(crate) fn of(name: &SecretName, version: Option<&VersionId>) -> Self {
        RotateSecret { arn: None, name: name.to_string(), version_id: version.map(ToString::to_string) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::json;
    use super::*;
    use crate::model::secret::sample;

    #[test]
    fn a_cancellation_may_leave_no_version() {
        let name = "prod/db".parse().unwrap();
        assert_eq!(json(&RotateSecret::of(&name, None)), json!({ "Name": "prod/db" }));
        let pending = sample::id(2);
        let expected = json!({ "Name": "prod/db", "VersionId": pending.as_str() });
        assert_eq!(json(&RotateSecret::of(&name, Some(&pending))), expected);
    }

    #[test]
    fn an_arn_comes_first() {
        let name = "prod/db".parse().unwrap();
        let begun = RotateSecret { arn: Some("arn:x".into()), ..RotateSecret::of(&name, Some(&sample::id(1))) };
        let expected = format!(r#"{{"ARN":"arn:x","Name":"prod/db","VersionId":"{}"}}"#, sample::id(1));
        assert_eq!(serde_json::to_string(&begun).unwrap(), expected);
    }
}
