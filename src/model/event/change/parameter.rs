//! What changes of a parameter are, in the words of Parameter Store (parameter-store §14).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Change, with};
use crate::model::event::summary::Summary;

const SOURCE: &str = "aws.ssm";

/// What happened to a parameter.
pub(super) fn of_parameter(before: Option<&Summary>, after: &Summary) -> Vec<Change> {
    let was = before.filter(|before| !before.deleted);
    let is_new = after.is_new_after(before);
    let mut changes = Vec::new();
    if let Some(was) = was.filter(|was| after.deleted || was.id != after.id) {
        changes.push(store(&Summary { by: after.by.clone(), ..was.clone() }, "Delete", json!({})));
    }
    if after.deleted {
        return changes;
    }
    let before = was.filter(|_| !is_new);
    if is_new {
        changes.push(store(after, "Create", version(after)));
    } else if before.is_some_and(|before| before.versions != after.versions) {
        changes.push(store(after, "Update", version(after)));
    }
    changes.extend(labelled(before, after));
    if before.is_some_and(|before| before.tags != after.tags) {
        changes.push(tagged(after));
    }
    let old = |key: &String| before.is_some_and(|before| before.fired.contains_key(key));
    changes.extend(after.fired.iter().filter(|(key, _)| !old(key)).map(|(key, policy)| fired(after, key, policy)));
    changes
}

/// A change of the parameter itself.
fn store(summary: &Summary, operation: &str, more: Value) -> Change {
    let detail = json!({
        "operation": operation,
        "name": summary.name,
        "type": summary.form,
        "description": summary.description,
        "by": summary.by,
    });
    let detail = with(detail, more);
    let subject = match detail["labels"].as_array() {
        Some(labels) => format!("{operation} {} {}", detail["version"], Value::from(labels.clone())),
        None => format!("{operation} {}", summary.id),
    };
    Change { source: SOURCE, detail_type: "Parameter Store Change", subject, detail }
}

fn version(summary: &Summary) -> Value {
    match summary.versions.last().and_then(|newest| newest.parse::<u64>().ok()) {
        Some(number) => json!({"version": number}),
        None => json!({}),
    }
}

/// One change for each version that has got labels: unlabelling is none, as on AWS.
fn labelled(before: Option<&Summary>, after: &Summary) -> Vec<Change> {
    let mut moved: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
    for (label, version) in &after.labels {
        if before.and_then(|before| before.labels.get(label)) != Some(version) {
            moved.entry(version).or_default().insert(label);
        }
    }
    let change = |(version, labels): (&String, BTreeSet<&String>)| {
        let version = version.parse::<u64>().unwrap_or_default();
        store(after, "LabelParameterVersion", json!({"version": version, "labels": labels}))
    };
    moved.into_iter().map(change).collect()
}

fn tagged(after: &Summary) -> Change {
    let detail = json!({
        "eventSource": "ssm.amazonaws.com",
        "eventName": "AddTagsToResource",
        "eventType": "AwsApiCall",
        "name": after.name,
        "requestParameters": {"resourceType": "Parameter", "resourceId": after.name},
        "by": after.by,
    });
    let subject = "AddTagsToResource".to_owned();
    Change { source: SOURCE, detail_type: "AWS API Call via CloudTrail", subject, detail }
}

/// A policy has done what it says.
fn fired(after: &Summary, key: &str, policy: &str) -> Change {
    let kind = serde_json::from_str::<Value>(policy).ok();
    let kind = kind.as_ref().and_then(|policy| policy["Type"].as_str()).unwrap_or_default();
    let detail = json!({
        "parameter-name": after.name,
        "parameter-type": after.form,
        "policy-type": kind,
        "policy-content": policy,
        "action-status": "Success",
    });
    Change { source: SOURCE, detail_type: "Parameter Store Policy Action", subject: key.to_owned(), detail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::summary::Summarised;

    fn summary(rev: u64, version: &str) -> Summary {
        let bare = Summary::bare(Summarised::Parameter, "/a", "i1".into(), rev, "2026-11-29T08:00:00Z".into(), "ana");
        Summary { form: "String".into(), versions: [version.to_owned()].into(), ..bare }
    }

    fn operations(before: Option<&Summary>, after: &Summary) -> Vec<String> {
        of_parameter(before, after)
            .iter()
            .map(|change| {
                let named = ["operation", "eventName", "policy-type"];
                named.iter().find_map(|key| change.detail[key].as_str()).unwrap().to_owned()
            })
            .collect()
    }

    #[test]
    fn writes_are_creations_updates_and_deletions() {
        let (one, two) = (summary(1, "1"), summary(2, "2"));
        let gone = Summary { deleted: true, versions: BTreeSet::new(), form: String::new(), ..summary(3, "2") };
        assert_eq!(operations(None, &one), ["Create"]);
        assert_eq!(operations(Some(&one), &two), ["Update"]);
        assert_eq!(operations(Some(&two), &gone), ["Delete"]);
        assert_eq!(of_parameter(Some(&two), &gone)[0].detail["type"], "String", "the type of what was deleted");
        assert_eq!(operations(Some(&gone), &Summary { id: "i2".into(), ..summary(4, "1") }), ["Create"]);
        let other = Summary { id: "i2".into(), ..summary(4, "1") };
        assert_eq!(operations(Some(&two), &other), ["Delete", "Create"], "a tombstone that was never seen");
        assert_eq!(operations(None, &gone), Vec::<String>::new());
        assert_eq!(operations(Some(&one), &Summary { rev: 2, ..one.clone() }), Vec::<String>::new());
    }

    #[test]
    fn labels_are_one_event_for_each_version_and_removing_one_is_none() {
        let before = Summary { labels: [("x".into(), "1".into()), ("y".into(), "1".into())].into(), ..summary(1, "2") };
        let after = Summary {
            labels: [("x".into(), "2".into()), ("z".into(), "2".into()), ("w".into(), "1".into())].into(),
            ..summary(2, "2")
        };
        let changes = of_parameter(Some(&before), &after);
        let labels: Vec<_> =
            changes.iter().map(|it| (it.detail["version"].clone(), it.detail["labels"].clone())).collect();
        assert_eq!(labels, [(json!(1), json!(["w"])), (json!(2), json!(["x", "z"]))]);
        assert_ne!(changes[0].subject, changes[1].subject);
        assert_eq!(of_parameter(Some(&after), &Summary { labels: BTreeMap::new(), ..after.clone() }), []);
    }

    #[test]
    fn a_policy_acts_once() {
        let policy = r#"{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2027-01-31T00:00:00Z"}}"#;
        let after = Summary { fired: [("k".to_owned(), policy.to_owned())].into(), ..summary(2, "1") };
        assert_eq!(operations(Some(&summary(1, "1")), &after), ["Expiration"]);
        assert_eq!(operations(Some(&after), &Summary { rev: 3, ..after.clone() }), Vec::<String>::new());
        let tagged = Summary { tags: "t".into(), ..summary(2, "1") };
        assert_eq!(operations(Some(&summary(1, "1")), &tagged), ["AddTagsToResource"]);
    }
}
