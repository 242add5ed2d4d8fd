//! A secret with one of its values, as `GetSecretValue` and `BatchGetSecretValue` answer (secrets-manager §5).

use std::borrow::Borrow;

use data_encoding::BASE64;
use serde::Serialize;

use super::value;
use crate::model::secret::{Secret, SecretVersion};
use crate::model::time::Timestamp;
use crate::model::value::SecretValue;

/// One value of a secret, text or bytes. It is wiped on drop. `V` is a value, or a share in one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase", bound(serialize = "D: Serialize, V: Borrow<SecretValue>"))]
pub(crate) struct GetSecretValue<D, V = SecretValue> {
    /// `None` if no account is known.
    #[serde(rename = "ARN", skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The secret's name.
    pub name: String,
    /// 32–64 characters.
    pub version_id: String,
    /// A value that is text.
    #[serde(serialize_with = "value::optional_text", skip_serializing_if = "Option::is_none")]
    pub secret_string: Option<V>,
    /// A value that is bytes, in base64 with padding.
    #[serde(serialize_with = "value::optional_text", skip_serializing_if = "Option::is_none")]
    pub secret_binary: Option<SecretValue>,
    /// Sorted; left out if the version has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub version_stages: Vec<String>,
    /// When the version was written.
    pub created_date: D,
}

/// What `BatchGetSecretValue` answers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase", bound(serialize = "D: Serialize, V: Borrow<SecretValue>"))]
pub(crate) struct BatchGetSecretValue<D, V = SecretValue> {
    /// What could be read.
    pub secret_values: Vec<GetSecretValue<D, V>>,
    /// What could not.
    pub errors: Vec<BatchError>,
    /// Where the next page begins; `None` on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// Why one secret of several was not read: AWS's `APIErrorType`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BatchError {
    /// What was asked for.
    pub secret_id: String,
    /// The name of an exception.
    pub error_code: &'static str,
    /// For people; it contains no value.
    pub message: String,
}

impl<D: From<Timestamp>, V: Borrow<SecretValue>> GetSecretValue<D, V> {
    /// Builds the answer from a version with its opened value, or a string found in it.
    pub(crate) fn of(secret: &Secret, version: &SecretVersion, value: V, is_binary: bool) -> Self {
        let (secret_string, secret_binary) = if is_binary {
            (None, Some(SecretValue::from_text(BASE64.encode(value.borrow().reveal()))))
        } else {
            (Some(value), None)
        };
        GetSecretValue {
            arn: None,
            name: secret.name.to_string(),
            version_id: version.id().to_string(),
            secret_string,
            secret_binary,
            version_stages: version.stages.iter().map(ToString::to_string).collect(),
            created_date: version.created.into(),
        }
    }
}

impl<D, V: Borrow<SecretValue>> GetSecretValue<D, V> {
    /// The value as it is shown: text, or base64.
    pub(crate) fn shown(&self) -> Option<&SecretValue> {
        self.secret_string.as_ref().map(Borrow::borrow).or(self.secret_binary.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::{Seconds, THEN, json};
    use super::*;
    use crate::model::secret::sample;

    #[test]
    fn a_value_is_text_or_base64() {
        let mut secret = sample::secret();
        sample::put(&mut secret, 1, None);
        let read = |bytes: &[u8], is_binary| {
            let value = SecretValue::new(bytes.to_vec().into());
            json(&GetSecretValue::<Seconds>::of(&secret, &secret.versions[0], value, is_binary))
        };
        let expected = json!({
            "Name": "prod/db", "VersionId": sample::id(1).as_str(), "SecretString": "hunter2",
            "VersionStages": ["AWSCURRENT"], "CreatedDate": THEN,
        });
        assert_eq!(read(b"hunter2", false), expected);
        let binary = read(b"\x00\x01", true);
        assert_eq!((&binary["SecretBinary"], binary.get("SecretString")), (&json!("AAE="), None));
    }

    #[test]
    fn failures_stand_beside_the_values() {
        let error =
            BatchError { secret_id: "a".into(), error_code: "ResourceNotFoundException", message: "gone".into() };
        let batch = BatchGetSecretValue::<Seconds> { secret_values: vec![], errors: vec![error], next_token: None };
        let error = json!({ "SecretId": "a", "ErrorCode": "ResourceNotFoundException", "Message": "gone" });
        assert_eq!(json(&batch), json!({ "SecretValues": [], "Errors": [error] }));
    }
}
