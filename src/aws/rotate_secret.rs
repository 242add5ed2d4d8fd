//! What `RotateSecret` and `CancelRotateSecret` answer (secrets-manager §8).

use serde::Serialize;

/// The rotation that was begun or stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RotateSecret {
    /// `None` where no account is known.
    #[serde(rename = "ARN", skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The secret's name.
    pub name: String,
    /// The pending version; after a cancellation the one that stays behind, if any does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
}
