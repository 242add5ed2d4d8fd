//! What `LabelParameterVersion` and `UnlabelParameterVersion` answer (parameter-store §8).

use serde::Serialize;

use crate::model::parameter::{Labelled, Unlabelled};

/// The result of adding labels to a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct LabelParameterVersion {
    /// Number of the version.
    pub parameter_version: u64,
    /// An extension of vault: those of the requested labels that it has now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied_labels: Option<Vec<String>>,
    /// Texts that are not labels; they were ignored.
    pub invalid_labels: Vec<String>,
}

/// The result of removing labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UnlabelParameterVersion {
    /// Labels that were removed.
    pub removed_labels: Vec<String>,
    /// Texts that are not labels, and labels that did not exist.
    pub invalid_labels: Vec<String>,
}

impl From<&Labelled> for LabelParameterVersion {
    fn from(done: &Labelled) -> Self {
        LabelParameterVersion {
            parameter_version: done.version,
            applied_labels: None,
            invalid_labels: done.invalid.clone(),
        }
    }
}

impl From<&Unlabelled> for UnlabelParameterVersion {
    fn from(done: &Unlabelled) -> Self {
        UnlabelParameterVersion {
            removed_labels: done.removed.iter().map(|(label, _)| label.to_string()).collect(),
            invalid_labels: done.invalid.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::json;
    use super::*;
    use crate::model::parameter::sample;

    #[test]
    fn labels_that_are_none_come_back() {
        let mut parameter = sample::parameter(2);
        let done = parameter.label(None, &["live".into(), "1st".into()]).unwrap();
        let expected = json!({ "ParameterVersion": 2, "InvalidLabels": ["1st"] });
        assert_eq!(json(&LabelParameterVersion::from(&done)), expected);
        let done = parameter.unlabel(Some(2), &["live".into(), "next".into()]).unwrap();
        let expected = json!({ "RemovedLabels": ["live"], "InvalidLabels": ["next"] });
        assert_eq!(json(&UnlabelParameterVersion::from(&done)), expected);
    }
}
