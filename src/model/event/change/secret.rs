//! What changes of a secret are, in the words of Secrets Manager (secrets-manager §8).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Change, with};
use crate::model::event::summary::{Run, Summary};

const CURRENT: &str = "AWSCURRENT";
const PENDING: &str = "AWSPENDING";
const PREVIOUS: &str = "AWSPREVIOUS";

/// What happened to a secret. A move of a stage that comes with something else, as the one of AWSPREVIOUS does, is no event.
pub(super) fn of_secret(before: Option<&Summary>, after: &Summary, arn: &str) -> Vec<Change> {
    let changes = Secret { after, arn };
    let was = before.filter(|before| !before.deleted);
    let mut all = Vec::new();
    if was.is_some_and(|was| after.deleted || was.id != after.id) {
        all.push(changes.service("EndSecretVersionDelete", "", None));
    }
    if after.deleted {
        return all;
    }
    let Some(before) = was.filter(|_| !after.is_new_after(before)) else {
        all.push(changes.call("CreateSecret", "", json!({"name": after.name})));
        return all;
    };
    all.extend(changes.values(before));
    all.extend(changes.stages(before));
    match (before.due.is_empty(), after.due.is_empty()) {
        (true, false) => all.push(changes.call("DeleteSecret", &after.due, json!({"deletionDate": after.due}))),
        (false, true) => all.push(changes.call("RestoreSecret", &before.due, json!({}))),
        _ => {}
    }
    for (name, was, is) in
        [("TagResource", &before.tags, &after.tags), ("UpdateSecret", &before.settings, &after.settings)]
    {
        if was != is {
            all.push(changes.call(name, "", json!({})));
        }
    }
    all.extend(changes.rotation(before));
    all
}

/// The secret that changed.
struct Secret<'a> {
    after: &'a Summary,
    arn: &'a str,
}

impl Secret<'_> {
    /// Values that were put, but not those that rotations made.
    fn values(&self, before: &Summary) -> Vec<Change> {
        let made = [&before.run, &self.after.run].map(|run| run.as_ref().map(|run| run.token.as_str()));
        let is_put = |id: &&String| !before.versions.contains(*id) && !made.contains(&Some(id.as_str()));
        let put = |id: &String| {
            let stages: Vec<&String> = self.after.labels.iter().filter(|(_, of)| *of == id).map(|(it, _)| it).collect();
            self.call("PutSecretValue", id, json!({"versionId": id, "versionStages": stages}))
        };
        // Of a rotation that began and ended in between, only the end is known.
        let is_rotated = |id: &&String| self.is_rotated(before) && self.current() == Some(id.as_str());
        self.after.versions.iter().filter(is_put).filter(|id| !is_rotated(id)).map(put).collect()
    }

    /// Stages that were moved between versions that existed.
    fn stages(&self, before: &Summary) -> Vec<Change> {
        let names: BTreeSet<&String> = before.labels.keys().chain(self.after.labels.keys()).collect();
        let is_rotating = before.run.is_some() || self.after.run.is_some() || self.is_rotated(before);
        let change = |stage: &String| {
            let (from, to) = (before.labels.get(stage), self.after.labels.get(stage));
            let is_own = match stage.as_str() {
                PREVIOUS => before.labels.get(CURRENT) == self.after.labels.get(CURRENT),
                PENDING => !is_rotating,
                CURRENT => !self.is_rotated(before),
                other => !other.starts_with("ABORTED"),
            };
            let comes_with_value = to.is_some_and(|to| !before.versions.contains(to));
            if from == to || !is_own || comes_with_value {
                return None;
            }
            let (moved, removed) = (to.map_or("", String::as_str), from.map_or("", String::as_str));
            let more = json!({"versionStage": stage, "moveToVersionId": moved, "removeFromVersionId": removed});
            Some(self.call("UpdateSecretVersionStage", stage, more))
        };
        names.into_iter().filter_map(change).collect()
    }

    /// How far a rotation has come.
    fn rotation(&self, before: &Summary) -> Vec<Change> {
        let mut all = Vec::new();
        let (was, is) = (before.run.as_ref(), self.after.run.as_ref());
        let ended = was.filter(|was| is.is_none_or(|is| is.token != was.token)).map(|run| run.token.as_str());
        if self.is_rotated(before) {
            let token = self.current().unwrap_or_default();
            all.push(self.service("RotationSucceeded", token, None));
        }
        if let Some(token) = ended.filter(|token| !(self.is_rotated(before) && self.current() == Some(token))) {
            all.push(self.service("RotationAbandoned", token, None));
        }
        if let Some(Run { token, attempt, error }) = is {
            if was.is_none_or(|was| was.token != *token) {
                all.push(self.service("RotationStarted", token, None));
            }
            if !error.is_empty() && was != is {
                all.push(self.service("RotationFailed", token, Some((*attempt, error))));
            }
        }
        all
    }

    fn is_rotated(&self, before: &Summary) -> bool {
        self.after.rotated != before.rotated && !self.after.rotated.is_empty()
    }

    fn current(&self) -> Option<&str> {
        self.after.labels.get(CURRENT).map(String::as_str)
    }

    /// What a call of the API would be.
    fn call(&self, name: &str, subject: &str, more: Value) -> Change {
        let mut detail = self.detail(name, "AwsApiCall");
        detail["requestParameters"] = with(json!({"secretId": self.after.name}), more);
        change("AWS API Call via CloudTrail", format!("{name} {subject}"), detail)
    }

    /// What the service does by itself.
    fn service(&self, name: &str, token: &str, failed: Option<(u64, &str)>) -> Change {
        let mut detail = self.detail(name, "AwsServiceEvent");
        if !token.is_empty() {
            detail["requestID"] = format!("Rotation-{}-{token}", self.arn).into();
            detail["versionId"] = token.into();
        }
        let mut subject = format!("{name} {token}");
        if let Some((attempt, error)) = failed {
            detail["errorMessage"] = error.into();
            detail["attempt"] = attempt.into();
            subject = format!("{subject} {attempt}");
        }
        change("AWS Service Event via CloudTrail", subject, detail)
    }

    fn detail(&self, name: &str, kind: &str) -> Value {
        json!({
            "eventSource": "secretsmanager.amazonaws.com",
            "eventName": name,
            "eventType": kind,
            "name": self.after.name,
            "additionalEventData": {"SecretId": self.arn},
            "by": self.after.by,
        })
    }
}

fn change(detail_type: &'static str, subject: String, detail: Value) -> Change {
    Change { source: "aws.secretsmanager", detail_type, subject, detail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::summary::Summarised;

    fn secret(versions: &[&str], labels: &[(&str, &str)]) -> Summary {
        let bare = Summary::bare(Summarised::Secret, "a", "i".into(), 1, "2026-11-29T08:00:00Z".into(), "ana");
        Summary {
            versions: versions.iter().map(|id| (*id).to_owned()).collect(),
            labels: labels.iter().map(|(label, id)| ((*label).to_owned(), (*id).to_owned())).collect(),
            ..bare
        }
    }

    fn run(token: &str, attempt: u64, error: &str) -> Run {
        Run { token: token.into(), attempt, error: error.into() }
    }

    fn names(before: Option<&Summary>, after: &Summary) -> Vec<String> {
        let changes = of_secret(before, after, "arn");
        changes.iter().map(|change| change.detail["eventName"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn values_and_moves_of_stages_are_told_apart() {
        let one = secret(&["v1"], &[(CURRENT, "v1")]);
        assert_eq!(names(None, &one), ["CreateSecret"]);
        let two = secret(&["v1", "v2"], &[(CURRENT, "v2"), (PREVIOUS, "v1")]);
        assert_eq!(names(Some(&one), &two), ["PutSecretValue"]);
        let back = secret(&["v1", "v2"], &[(CURRENT, "v1"), (PREVIOUS, "v2")]);
        assert_eq!(names(Some(&two), &back), ["UpdateSecretVersionStage"]);
        let own = secret(&["v1", "v2"], &[(CURRENT, "v1"), (PREVIOUS, "v2"), ("BLUE", "v2")]);
        assert_eq!(names(Some(&back), &own), ["UpdateSecretVersionStage"]);
        assert_eq!(names(Some(&own), &back), ["UpdateSecretVersionStage"], "removed");
    }

    #[test]
    fn a_rotation_starts_fails_and_succeeds() {
        let before = secret(&["v1"], &[(CURRENT, "v1")]);
        let started = Summary { run: Some(run("v2", 1, "")), ..secret(&["v1"], &[(CURRENT, "v1"), (PENDING, "v2")]) };
        assert_eq!(names(Some(&before), &started), ["RotationStarted"]);
        let valued = Summary { versions: ["v1".into(), "v2".into()].into(), ..started.clone() };
        assert_eq!(names(Some(&started), &valued), Vec::<String>::new());
        let failed = Summary { run: Some(run("v2", 1, "exit 1")), ..valued.clone() };
        assert_eq!(names(Some(&valued), &failed), ["RotationFailed"]);
        let again = Summary { run: Some(run("v2", 2, "")), ..valued.clone() };
        assert_eq!(names(Some(&failed), &again), Vec::<String>::new());
        let done = Summary { rotated: "t".into(), ..secret(&["v1", "v2"], &[(CURRENT, "v2"), (PREVIOUS, "v1")]) };
        assert_eq!(names(Some(&again), &done), ["RotationSucceeded"]);
        assert_eq!(names(Some(&before), &done), ["RotationSucceeded"], "all of it happened elsewhere");
        let aborted = secret(&["v1", "v2"], &[(CURRENT, "v1"), ("ABORTED", "v2")]);
        assert_eq!(names(Some(&failed), &aborted), ["RotationAbandoned"]);
        let by_hand = secret(&["v1", "v2", "v3"], &[(CURRENT, "v3"), (PREVIOUS, "v1"), ("ABORTED", "v2")]);
        assert_eq!(names(Some(&failed), &by_hand), ["PutSecretValue", "RotationAbandoned"]);
    }

    #[test]
    fn deletion_has_three_events() {
        let live = secret(&["v1"], &[(CURRENT, "v1")]);
        let marked = Summary { due: "2026-12-29T08:00:00Z".into(), ..live.clone() };
        assert_eq!(names(Some(&live), &marked), ["DeleteSecret"]);
        assert_eq!(names(Some(&marked), &live), ["RestoreSecret"]);
        assert_eq!(names(Some(&marked), &Summary { deleted: true, ..secret(&[], &[]) }), ["EndSecretVersionDelete"]);
    }
}
