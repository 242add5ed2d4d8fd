//! What `DeleteSecret` answers (secrets-manager §7).

use serde::Serialize;

use crate::model::name::SecretName;
use crate::model::time::Timestamp;

/// A secret that is marked for deletion, or deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteSecret<D> {
    /// `None` if no account is known.
    #[serde(rename = "ARN", skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The secret's name.
    pub name: String,
    /// When it may be purged; now, if it cannot be restored.
    pub deletion_date: D,
}

impl<D: From<Timestamp>> DeleteSecret<D> {
    /// Builds the answer from a name and the date of purging.
    pub(crate) fn of(name: &SecretName, due: Timestamp) -> Self {
        DeleteSecret { arn: None, name: name.to_string(), deletion_date: due.into() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::{Seconds, THEN, json};
    use super::*;
    use crate::model::secret::{USUAL_RECOVERY_DAYS, sample};
    use crate::model::time::DAY;

    #[test]
    fn a_deletion_has_a_date_on_the_wire() {
        let mut secret = sample::secret();
        let due = secret.schedule_deletion(USUAL_RECOVERY_DAYS, sample::at()).unwrap();
        let deleted = DeleteSecret::<Seconds>::of(&secret.name, due);
        let date = THEN + i64::from(USUAL_RECOVERY_DAYS) * DAY;
        assert_eq!(json(&deleted), json!({ "Name": secret.name.as_str(), "DeletionDate": date }));
    }

    #[test]
    fn an_arn_comes_first() {
        let deleted = DeleteSecret { arn: Some("arn:x".into()), name: "prod/db".into(), deletion_date: 7 };
        let text = serde_json::to_string(&deleted).unwrap();
        assert_eq!(text, r#"{"ARN":"arn:x","Name":"prod/db","DeletionDate":7}"#);
    }
}
