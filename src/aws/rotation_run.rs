//! An unfinished rotation: an extension of vault to what AWS returns about a secret.

use serde::Serialize;

use crate::model::secret::Run;
use crate::model::time::Timestamp;

/// The state of a rotation, which AWS does not return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RotationRun<D> {
    /// The pending version.
    pub version_id: String,
    /// Counts attempts from 1.
    pub attempt: u64,
    /// `create`, `set`, `test` or `finish`: the step that the last attempt has reached.
    pub step: &'static str,
    /// When the last attempt began, or failed.
    pub last_attempt_date: D,
    /// Why the last attempt failed. It contains no value.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub error: String,
}

impl<D: From<Timestamp>> From<&Run> for RotationRun<D> {
    fn from(run: &Run) -> Self {
        RotationRun {
            version_id: run.token.to_string(),
            attempt: run.attempt,
            step: run.step.as_str(),
            last_attempt_date: run.tried.into(),
            error: run.error.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::{Seconds, THEN, json};
    use super::*;
    use crate::model::hook::Step;
    use crate::model::secret::sample;

    #[test]
    fn an_attempt_that_did_not_fail_has_no_error() {
        let token = sample::id(2);
        let mut run =
            Run { token: token.clone(), attempt: 1, step: Step::Set, tried: sample::at(), error: String::new() };
        let shown = json!({ "VersionId": token.as_str(), "Attempt": 1, "Step": "set", "LastAttemptDate": THEN });
        assert_eq!(json(&RotationRun::<Seconds>::from(&run)), shown);
        run.error = "exit 1".into();
        assert_eq!(json(&RotationRun::<Seconds>::from(&run))["Error"], "exit 1");
    }
}
