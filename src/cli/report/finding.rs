//! What a verification finds, in words.

use serde::Serialize;

use crate::cli::advice;
use crate::cli::report::list::List;
use crate::engine::Finding;
use crate::model::id::DocId;

/// A finding as reports show it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct FindingView {
    pub(crate) kind: &'static str,
    pub(crate) path: String,
    pub(crate) message: String,
    /// What to do about it.
    #[serde(skip)]
    pub(crate) hints: Vec<String>,
}

/// A finding in one sentence.
pub(crate) fn message(finding: &Finding) -> String {
    FindingView::from(finding).message
}

impl From<&Finding> for FindingView {
    fn from(finding: &Finding) -> Self {
        let kind = match finding {
            Finding::Document { .. } => "document",
            Finding::Vanished { .. } | Finding::MissingFromCheckpoint { .. } => "vanished",
            Finding::NoCheckpoint | Finding::OldCheckpoint { .. } => "checkpoint",
            Finding::Foreign { .. } | Finding::OfRepository { .. } => "foreign",
            Finding::Copy { .. } => "copy",
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
            Finding::Copy { path, original, maker } => {
                format!("`{path}` is a conflict copy of `{original}`, made by {maker}: nothing in it was used")
            }
            Finding::OfRepository { names, .. } => {
                let does = if names.len() == 1 { "does" } else { "do" };
                let names = List::and(names);
                format!("{names} {does} not belong in a vault: git may take the vault for a repository of its own")
            }
        };
        FindingView { kind, path: finding.path().to_owned(), message, hints: hints(finding) }
    }
}

fn hints(finding: &Finding) -> Vec<String> {
    let hint = match finding {
        Finding::Document { error, .. } => return advice::engine(error).hints,
        Finding::Vanished { path, .. } => {
            return vec![format!(
                "after a merge that was undone, the next merge brings it back; else, in the directory of the vault, `git log --all -- {path}` \
                 shows who removed it, `git checkout COMMIT -- {path}` restores it; if that was intended, run `vault accept {}`",
                advice::typed(path)
            )];
        }
        Finding::NoCheckpoint => "`vault checkpoint` creates one",
        Finding::OldCheckpoint { .. } => return Vec::new(),
        Finding::MissingFromCheckpoint { .. } => {
            "restore it with git; if it was removed on purpose, `vault checkpoint --accept-missing`"
        }
        Finding::Foreign { .. } => "move it out of the vault's directory, or remove it",
        Finding::Copy { .. } => {
            "put again what is missing in the original, then remove the copy; a vault that is shared by git gets none"
        }
        Finding::OfRepository { .. } => "remove what is not yours; `git log` in the project shows who added it",
    };
    vec![hint.to_owned()]
}
