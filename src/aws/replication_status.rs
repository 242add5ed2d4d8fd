//! `ReplicationStatus` in what `DescribeSecret`, `ReplicateSecretToRegions` and `RemoveRegionsFromReplication` answer.

use serde::Serialize;

use crate::model::secret::Replica;

/// How one copy of a secret is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ReplicationStatus {
    /// The region, if one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The key of the other vault.
    pub kms_key_id: String,
    /// How it is.
    pub status: Status,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    /// An extension of vault: the other vault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vault: Option<String>,
    /// An extension of vault: its name there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replica_name: Option<String>,
}

/// How a copy is, in the words of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Status {
    /// As the primary is.
    InSync,
    /// Not as the primary is, yet.
    InProgress,
    /// It could not be made as the primary is.
    Failed,
    /// It is a secret of its own.
    Detached,
}

impl Status {
    /// The word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Status::InSync => "InSync",
            Status::InProgress => "InProgress",
            Status::Failed => "Failed",
            Status::Detached => "Detached",
        }
    }
}

impl ReplicationStatus {
    /// Builds the answer from where a copy is, and how it is, without the members that AWS does not have.
    pub(crate) fn of(replica: &Replica, status: Status, message: Option<String>) -> Self {
        ReplicationStatus {
            region: Some(replica.region.clone()).filter(|region| !region.is_empty()),
            kms_key_id: replica.key.to_string(),
            status,
            status_message: message,
            vault: None,
            replica_name: None,
        }
    }

    /// Adds what AWS does not return: the other vault, and the name there.
    #[must_use]
    pub(crate) fn with_own(self, replica: &Replica) -> Self {
        let (vault, replica_name) = (Some(replica.vault.to_string()), Some(replica.name.to_string()));
        ReplicationStatus { vault, replica_name, ..self }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::json;
    use super::*;
    use crate::model::id::VaultId;

    #[test]
    fn a_status_has_the_words_of_the_service_and_ours_after_them() {
        let vault = VaultId([7; 32]);
        let replica = Replica {
            vault,
            region: "eu-west-1".into(),
            key: "default".parse().unwrap(),
            name: "prod/db".parse().unwrap(),
        };
        let expected = json!({
            "Region": "eu-west-1", "KmsKeyId": "default", "Status": "InSync", "Vault": vault.to_string(), "ReplicaName": "prod/db",
        });
        let status = ReplicationStatus::of(&replica, Status::InSync, None);
        assert!(json(&status).get("Vault").is_none());
        assert_eq!(json(&status.with_own(&replica)), expected);
        let bare = Replica { region: String::new(), ..replica };
        let failed = json(&ReplicationStatus::of(&bare, Status::Failed, Some("full".into())));
        assert_eq!((failed.get("Region"), failed["StatusMessage"].as_str()), (None, Some("full")));
    }
}
