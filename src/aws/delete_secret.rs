//! What `DeleteSecret` answers (secrets-manager §7).

use serde::Serialize;

/// A secret that is marked for deletion, or gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteSecret<D> {
    /// `None` where no account is known.
    #[serde(rename = "ARN", skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The secret's name.
    pub name: String,
    /// When it may be purged; now, if nothing is left to restore.
    pub deletion_date: D,
}
