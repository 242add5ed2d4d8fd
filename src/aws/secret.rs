//! A secret without its value, as `DescribeSecret` and `ListSecrets` answer (secrets-manager §5).

use std::collections::BTreeMap;

use serde::Serialize;

use super::replication_status::ReplicationStatus;
use super::rotation_rules::RotationRules;
use super::rotation_run::RotationRun;
use super::tag::Tag;
use super::version_stages::VersionStages;
use crate::model::secret::{Rotation, Secret, Stage};
use crate::model::time::Timestamp;

/// What both operations return about a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SecretMetadata<D> {
    /// `None` if no account is known.
    #[serde(rename = "ARN", skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// 1–512 characters.
    pub name: String,
    /// Up to 2048 characters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Name of the key of the current value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// `None` if rotation was never configured, false once it was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation_enabled: Option<bool>,
    /// The ARN by which the function was named, otherwise the hook.
    #[serde(rename = "RotationLambdaARN", skip_serializing_if = "Option::is_none")]
    pub rotation_lambda_arn: Option<String>,
    /// When it rotates automatically.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation_rules: Option<RotationRules>,
    /// An extension of vault: the unfinished rotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation_run: Option<RotationRun<D>>,
    /// An extension of vault: the options of the hook.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rotation_options: BTreeMap<String, String>,
    /// An extension of vault: the secret of the administrator that the hook gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation_admin: Option<String>,
    /// When it was created, where its document says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_date: Option<D>,
    /// When any part of it was last written.
    pub last_changed_date: D,
    /// The day on which a value of it was read last, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_accessed_date: Option<D>,
    /// An extension of vault: the member who wrote it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_changed_user: Option<String>,
    /// The last rotation that succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_rotated_date: Option<D>,
    /// The last moment of the next window; may be in the past after failures (§8).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_rotation_date: Option<D>,
    /// When a secret that is marked for deletion may be purged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_date: Option<D>,
    /// The region of the secret that this is a copy of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_region: Option<String>,
    /// An extension of vault: the vault of that secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_vault: Option<String>,
    /// An extension of vault: its name there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_name: Option<String>,
    /// Sorted by key; `None` if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
}

/// What `DescribeSecret` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeSecret<D> {
    /// What `ListSecrets` returns too.
    #[serde(flatten)]
    pub metadata: SecretMetadata<D>,
    /// `None` for a secret that never had a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_ids_to_stages: Option<VersionStages>,
    /// `None` for a secret without copies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replication_status: Option<Vec<ReplicationStatus>>,
}

/// One secret of `ListSecrets`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SecretListEntry<D> {
    /// What `DescribeSecret` returns too.
    #[serde(flatten)]
    pub metadata: SecretMetadata<D>,
    /// What `DescribeSecret` calls `VersionIdsToStages`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_versions_to_stages: Option<VersionStages>,
}

impl<D: From<Timestamp>> SecretMetadata<D> {
    /// Describes one secret, without the members that AWS does not have.
    pub(crate) fn of(secret: &Secret) -> Self {
        let rotation = secret.rotation.as_ref();
        let terms = rotation.and_then(Rotation::terms);
        let current = secret.staged(&Stage::current()).and_then(|version| version.content.as_ref());
        SecretMetadata {
            arn: None,
            name: secret.name.to_string(),
            description: secret.description.clone(),
            kms_key_id: current.map(|sealed| sealed.key.name.to_string()),
            rotation_enabled: rotation.map(|rotation| rotation.enabled),
            rotation_lambda_arn: terms
                .map(|terms| terms.function_arn().map_or_else(|| terms.hook.to_string(), str::to_owned)),
            rotation_rules: terms.and_then(|terms| terms.rules.as_ref()).map(RotationRules::from),
            rotation_run: None,
            rotation_options: BTreeMap::new(),
            rotation_admin: None,
            created_date: secret.created.map(D::from),
            last_changed_date: secret.head.modified.into(),
            last_accessed_date: None,
            last_changed_user: None,
            last_rotated_date: rotation.and_then(|rotation| rotation.last_rotated).map(D::from),
            next_rotation_date: rotation.and_then(Rotation::next).map(D::from),
            deleted_date: secret.delete_after.map(D::from),
            primary_region: secret.copied_from().map(|origin| origin.region.clone()),
            primary_vault: None,
            primary_name: None,
            tags: (!secret.tags.is_empty()).then(|| Tag::list(&secret.tags)),
        }
    }

    /// Adds what AWS does not return: who wrote last, what the hook gets, and the unfinished rotation.
    #[must_use]
    pub(crate) fn with_own(self, secret: &Secret) -> Self {
        let run = secret.rotation.as_ref().and_then(|rotation| rotation.run.as_ref());
        let terms = secret.rotation.as_ref().and_then(Rotation::terms);
        SecretMetadata {
            rotation_options: terms.map(|terms| terms.options.clone()).unwrap_or_default(),
            rotation_admin: terms.and_then(|terms| terms.admin.as_ref()).map(ToString::to_string),
            rotation_run: run.map(RotationRun::from),
            primary_vault: secret.copied_from().map(|origin| origin.vault.to_string()),
            primary_name: secret.copied_from().map(|origin| origin.name.to_string()),
            last_changed_user: Some(secret.head.by.to_string()),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::{Seconds, THEN, json};
    use super::*;
    use crate::model::hook::Step;
    use crate::model::id::Uid;
    use crate::model::schedule::Rules;
    use crate::model::secret::sample;

    fn rotating() -> Secret {
        let mut secret = sample::secret();
        sample::put(&mut secret, 1, None);
        let rules = Rules::new("30d".parse().unwrap(), Some("3h".parse().unwrap())).unwrap();
        secret.configure_rotation(sample::signed_plan(1, Some(rules)), sample::at()).unwrap();
        secret
    }

    fn shown(secret: &Secret) -> serde_json::Value {
        json(&SecretMetadata::<Seconds>::of(secret).with_own(secret))
    }

    #[test]
    fn a_secret_without_a_value_has_only_its_name_and_dates() {
        let described = json(&SecretMetadata::<Seconds>::of(&sample::secret()));
        assert_eq!(described, json!({ "Name": "prod/db", "CreatedDate": THEN, "LastChangedDate": THEN }));
    }

    #[test]
    fn rotation_has_three_states() {
        let mut secret = rotating();
        let view = shown(&secret);
        assert_eq!((&view["RotationEnabled"], &view["RotationLambdaARN"]), (&json!(true), &json!("rotate.sh")));
        assert_eq!(view["RotationRules"], json!({ "AutomaticallyAfterDays": 30, "Duration": "3h" }));
        assert!(view["NextRotationDate"].is_i64() && view.get("LastRotatedDate").is_none());
        secret.cancel_rotation().unwrap();
        let view = shown(&secret);
        assert_eq!((&view["RotationEnabled"], view.get("NextRotationDate")), (&json!(false), None));
        assert!(shown(&sample::secret()).get("RotationEnabled").is_none(), "never configured");
    }

    #[test]
    fn members_of_our_own_are_added_on_purpose() {
        let mut secret = rotating();
        let token = sample::id(2);
        let begun = secret.begin_rotation(&token, Uid([3; 16]), "ana".parse().unwrap(), sample::at()).unwrap();
        secret.fail_rotation(&begun, Step::Create, "exit 1", sample::at()).unwrap();
        let view = shown(&secret);
        assert_eq!((&view["RotationRun"]["Error"], &view["LastChangedUser"]), (&json!("exit 1"), &json!("ana")));
        let view = json(&SecretMetadata::<Seconds>::of(&secret));
        assert!(view.get("RotationRun").is_none() && view.get("LastChangedUser").is_none());
    }

    #[test]
    fn each_operation_has_its_name_for_the_stages() {
        let (secret, metadata) = (rotating(), SecretMetadata::<Seconds>::of(&rotating()));
        let stages = json!({ sample::id(1).as_str(): ["AWSCURRENT"] });
        let version_ids_to_stages = VersionStages::of(&secret);
        let listed =
            SecretListEntry { metadata: metadata.clone(), secret_versions_to_stages: version_ids_to_stages.clone() };
        assert_eq!(json(&listed)["SecretVersionsToStages"], stages);
        assert_eq!(
            json(&DescribeSecret { metadata, version_ids_to_stages, replication_status: None })["VersionIdsToStages"],
            stages
        );
    }
}
