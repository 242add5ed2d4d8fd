//! What a verification finds, in words.

use serde::Serialize;

use crate::engine::Finding;
use crate::format::path::CHECKPOINT;
use crate::model::id::DocId;

/// A finding as reports show it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct FindingView {
    pub(crate) kind: &'static str,
    pub(crate) path: String,
    pub(crate) message: String,
}

/// A finding in one sentence.
pub(crate) fn message(finding: &Finding) -> String {
    FindingView::from(finding).message
}

impl From<&Finding> for FindingView {
    fn from(finding: &Finding) -> Self {
        let (kind, path) = match finding {
            Finding::Document { path, .. } => ("document", path.as_str()),
            Finding::Vanished { path, .. } => ("vanished", path.as_str()),
            Finding::NoCheckpoint | Finding::OldCheckpoint { .. } => ("checkpoint", CHECKPOINT),
            Finding::MissingFromCheckpoint { .. } => ("vanished", CHECKPOINT),
            Finding::Foreign { path } => ("foreign", path.as_str()),
        };
        let message = match finding {
            Finding::Document { error, .. } => error.to_string(),
            Finding::Vanished { path, rev } => {
                format!("`{path}` is missing: already saw revision {rev}, and there is no tombstone for its deletion")
            }
            Finding::NoCheckpoint => "there is no checkpoint".to_owned(),
            Finding::OldCheckpoint { valid_until: Some(until), .. } => {
                format!("the checkpoint was valid until {until}: `vault checkpoint` makes a new one")
            }
            Finding::OldCheckpoint { created, .. } => {
                format!("the checkpoint is of {created}, which is too long ago: `vault checkpoint` makes a new one")
            }
            Finding::MissingFromCheckpoint { id, rev, unknown } => format!(
                "the document {} of the checkpoint, revision {rev}, is missing{}",
                DocId(*id),
                if *unknown == 0 { "" } else { ", unless it is one that cannot be trusted" }
            ),
            Finding::Foreign { path } => format!("`{path}` does not belong in a vault"),
        };
        FindingView { kind, path: path.to_owned(), message }
    }
}
