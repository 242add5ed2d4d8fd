//! How secrets look without their values: the field names of `DescribeSecret`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::schedule::Schedule;
use crate::model::secret::{Rotation, Run, Secret, Stage};
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
    #[serde(rename = "ScheduleExpression", skip_serializing_if = "Option::is_none")]
    expression: Option<String>,
    /// Either of them, for people.
    #[serde(skip)]
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
            key: current.map(|sealed| sealed.key.name.to_string()).or(governing),
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
    /// A schedule in days alone has no expression, as on AWS.
    fn new(rotation: &Rotation) -> Option<Self> {
        let rules = rotation.rules.as_ref()?;
        let (days, expression) = match rules.schedule() {
            Schedule::Every(days) => (Some(days.number()), None),
            schedule => (None, Some(schedule.to_string())),
        };
        let window = rules.window().as_ref().map(ToString::to_string);
        Some(RulesView { days, window, expression, schedule: rules.schedule().to_string() })
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::head::Head;
    use crate::model::id::{DocId, Uid};
    use crate::model::schedule::Rules;
    use crate::model::sealed::{KeyVersionId, Sealed, ValueType};
    use crate::model::secret::{RotationPlan, SecretVersion, VersionId};

    fn at() -> Timestamp {
        "2026-11-23T07:00:00Z".parse().unwrap()
    }

    fn rotating() -> Secret {
        let head = Head { rev: 1, trust: 1, modified: at(), by: "ana".parse().unwrap() };
        let mut secret = Secret::new(DocId([1; 16]), "prod/db".parse().unwrap(), head, at());
        let id = VersionId::of(Uid([1; 16]));
        let mut version = SecretVersion::empty(&id, Uid([0; 16]), "ana".parse().unwrap(), at());
        let key = "default".parse().unwrap();
        version.content = Some(Sealed {
            value_type: ValueType::SecretString,
            key: KeyVersionId { name: key, number: 1 },
            text: "xc1:AAAA".into(),
        });
        secret.put(version, None, at()).unwrap();
        let rules = Rules::new("30d".parse().unwrap(), Some("3h".parse().unwrap())).unwrap();
        let plan = RotationPlan { hook: "rotate.sh".parse().unwrap(), options: BTreeMap::new(), rules: Some(rules) };
        secret.configure_rotation(plan, at()).unwrap();
        secret
    }

    fn shown(secret: &Secret) -> serde_json::Value {
        serde_json::to_value(SecretView::new(secret, None)).unwrap()
    }

    #[test]
    fn a_rotation_is_shown_with_the_names_of_aws() {
        let mut secret = rotating();
        let view = shown(&secret);
        assert_eq!(
            (view["RotationEnabled"].as_bool(), view["RotationLambdaARN"].as_str()),
            (Some(true), Some("rotate.sh"))
        );
        let rules = serde_json::json!({ "AutomaticallyAfterDays": 30, "Duration": "3h" });
        assert_eq!(view["RotationRules"], rules);
        assert!(view["NextRotationDate"].is_string() && view.get("LastRotatedDate").is_none());
        secret.cancel_rotation().unwrap();
        let view = shown(&secret);
        assert_eq!((view["RotationEnabled"].as_bool(), view.get("NextRotationDate")), (Some(false), None));
    }

    #[test]
    fn an_unfinished_rotation_tells_how_far_it_came() {
        let mut secret = rotating();
        let token = VersionId::of(Uid([2; 16]));
        let begun = secret.begin_rotation(&token, Uid([3; 16]), "ana".parse().unwrap(), at()).unwrap();
        secret.fail_rotation(&begun, crate::model::hook::Step::Create, "exit 1", at()).unwrap();
        let view = shown(&secret);
        let run = &view["RotationRun"];
        assert_eq!(
            (run["Attempt"].as_u64(), run["Step"].as_str(), run["Error"].as_str()),
            (Some(1), Some("create"), Some("exit 1"))
        );
        let stages = view["VersionIdsToStages"].as_object().unwrap();
        assert_eq!(stages[token.as_str()], serde_json::json!(["AWSPENDING"]), "also without a value");
    }
}
