//! How secrets look without their values: the field names of `DescribeSecret`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::rotation::{Rotation, Run};
use crate::model::schedule::Schedule;
use crate::model::secret::Secret;
use crate::model::stage::Stage;
use crate::model::time::Timestamp;

/// Versions, the oldest first, with their stages; a map in JSON.
type Stages = Vec<(String, Vec<String>)>;

/// A secret without its value.
#[derive(Serialize)]
pub(super) struct SecretView {
    #[serde(rename = "Name")]
    pub(super) name: String,
    #[serde(rename = "Description", skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    #[serde(rename = "KmsKeyId", skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
    #[serde(rename = "RotationEnabled", skip_serializing_if = "Option::is_none")]
    pub(super) rotation_enabled: Option<bool>,
    #[serde(rename = "RotationLambdaARN", skip_serializing_if = "Option::is_none")]
    pub(super) hook: Option<String>,
    #[serde(rename = "RotationRules", skip_serializing_if = "Option::is_none")]
    pub(super) rules: Option<RulesView>,
    #[serde(rename = "RotationRun", skip_serializing_if = "Option::is_none")]
    pub(super) run: Option<RunView>,
    #[serde(rename = "CreatedDate", skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<String>,
    #[serde(rename = "LastChangedDate")]
    pub(super) changed: String,
    #[serde(rename = "LastChangedUser")]
    pub(super) by: String,
    #[serde(rename = "LastRotatedDate", skip_serializing_if = "Option::is_none")]
    pub(super) last_rotated: Option<String>,
    #[serde(rename = "NextRotationDate", skip_serializing_if = "Option::is_none")]
    pub(super) next_rotation: Option<String>,
    #[serde(rename = "DeletedDate", skip_serializing_if = "Option::is_none")]
    pub(super) deleted: Option<String>,
    #[serde(rename = "Tags", skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<TagView>,
    #[serde(rename = "VersionIdsToStages", serialize_with = "map", skip_serializing_if = "Option::is_none")]
    pub(super) stages: Option<Stages>,
    /// What `ListSecrets` calls the same.
    #[serde(rename = "SecretVersionsToStages", serialize_with = "map", skip_serializing_if = "Option::is_none")]
    pub(super) stages_listed: Option<Stages>,
}

/// A tag as AWS writes it.
#[derive(Serialize)]
pub(super) struct TagView {
    #[serde(rename = "Key")]
    pub(super) key: String,
    #[serde(rename = "Value")]
    pub(super) value: String,
}

/// When a secret rotates by itself.
#[derive(Serialize)]
pub(super) struct RulesView {
    #[serde(rename = "AutomaticallyAfterDays", skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
    #[serde(rename = "Duration", skip_serializing_if = "Option::is_none")]
    pub(super) window: Option<String>,
    #[serde(rename = "ScheduleExpression")]
    pub(super) schedule: String,
}

/// An unfinished rotation.
#[derive(Serialize)]
pub(super) struct RunView {
    #[serde(rename = "VersionId")]
    pub(super) version: String,
    #[serde(rename = "Attempt")]
    pub(super) attempt: u64,
    #[serde(rename = "Step")]
    pub(super) step: &'static str,
    #[serde(rename = "LastAttemptDate")]
    pub(super) tried: String,
    #[serde(rename = "Error", skip_serializing_if = "String::is_empty")]
    pub(super) error: String,
}

impl SecretView {
    /// Describes one secret. `governing` is the key of its path, for a secret without a value.
    pub(super) fn new(secret: &Secret, governing: Option<String>) -> Self {
        let rotation = secret.rotation.as_ref();
        let current = secret.staged(&Stage::current()).and_then(|version| version.content.as_ref());
        SecretView {
            name: secret.name.to_string(),
            description: secret.description.clone(),
            key: current.map(|sealed| sealed.key.to_string()).or(governing),
            rotation_enabled: rotation.map(|rotation| rotation.enabled),
            hook: rotation.map(|rotation| rotation.hook.to_string()),
            rules: rotation.and_then(RulesView::new),
            run: rotation.and_then(|rotation| rotation.run.as_ref()).map(RunView::new),
            created: shown(secret.created),
            changed: secret.head.modified.to_string(),
            by: secret.head.by.to_string(),
            last_rotated: shown(rotation.and_then(|rotation| rotation.last_rotated)),
            next_rotation: shown(rotation.and_then(Rotation::next)),
            deleted: shown(secret.delete_after),
            tags: tags(&secret.tags),
            stages: stages(secret),
            stages_listed: None,
        }
    }

    /// The same with the names of `ListSecrets`.
    pub(super) fn listed(secret: &Secret) -> Self {
        let view = SecretView::new(secret, None);
        SecretView { stages_listed: view.stages, stages: None, ..view }
    }
}

/// Tags in the form of AWS.
pub(super) fn tags(tags: &BTreeMap<String, String>) -> Vec<TagView> {
    tags.iter().map(|(key, value)| TagView { key: key.clone(), value: value.clone() }).collect()
}

/// Versions that carry a stage; nothing for a secret that never had a value.
fn stages(secret: &Secret) -> Option<Stages> {
    let staged = secret.versions.iter().filter(|version| !version.stages.is_empty());
    let entry = |version: &crate::model::secret::SecretVersion| {
        (version.id().to_string(), version.stages.iter().map(ToString::to_string).collect())
    };
    (!secret.versions.is_empty()).then(|| staged.map(entry).collect())
}

#[expect(clippy::ref_option, reason = "the signature that serde calls")]
fn map<S: serde::Serializer>(stages: &Option<Stages>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(stages.iter().flatten().map(|(version, stages)| (version, stages)))
}

fn shown(instant: Option<Timestamp>) -> Option<String> {
    instant.map(|instant| instant.to_string())
}

impl RulesView {
    fn new(rotation: &Rotation) -> Option<Self> {
        let rules = rotation.rules.as_ref()?;
        let schedule = match rules.schedule() {
            // The service has no expression for this one and derives days from the others.
            Schedule::Every(_) => format!("rate({})", rules.schedule()),
            other => other.to_string(),
        };
        let days = schedule.strip_prefix("rate(").and_then(|rate| rate.split_once(" day")?.0.parse().ok());
        Some(RulesView { days, window: rules.window().as_ref().map(ToString::to_string), schedule })
    }
}

impl RunView {
    fn new(run: &Run) -> Self {
        RunView {
            version: run.token.to_string(),
            attempt: run.attempt,
            step: run.step.as_str(),
            tried: run.tried.to_string(),
            error: run.error.clone(),
        }
    }
}
