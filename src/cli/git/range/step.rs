//! What a commit did to one file.

use std::rc::Rc;

use super::states::{Refusal, StepVerdict};
use crate::cli::git::describe::{describe, describe_key};
use crate::engine::{AnyDocument, Content, Document, HistoricDocument};

/// What one commit did to one file.
pub(super) struct Step {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) old: Option<u64>,
    pub(super) new: Option<u64>,
    pub(super) by: Option<String>,
    pub(super) changes: Vec<String>,
    pub(super) refusal: Option<Refusal>,
    /// A later commit made one document of what a merge had left behind.
    pub(super) is_mended: bool,
    /// The document was rolled back, and no later commit fixed it.
    pub(super) stays_back: bool,
}

impl Step {
    pub(super) fn named(name: &str, path: &str) -> Self {
        Step {
            path: path.to_owned(),
            name: name.to_owned(),
            old: None,
            new: None,
            by: None,
            changes: Vec::new(),
            refusal: None,
            is_mended: false,
            stays_back: false,
        }
    }

    pub(super) fn refused(path: &str, refusal: Refusal) -> Self {
        Step { refusal: Some(refusal), ..Step::named(path, path) }
    }

    /// From one state of a document to another one, or to one that is refused.
    pub(super) fn of(path: &str, before: Option<&HistoricDocument>, after: StepVerdict) -> Self {
        let known = after.as_ref().ok().map(Rc::as_ref).or(before);
        let name = known.map_or_else(|| path.to_owned(), name);
        let old = before.and_then(revision);
        match after {
            Err(refusal) => Step { name, old, ..Step::refused(path, refusal) },
            Ok(after) => Step {
                old,
                new: revision(&after),
                by: Some(after.by().to_string()),
                changes: described(before, &after),
                ..Step::named(&name, path)
            },
        }
    }
}

fn name(past: &HistoricDocument) -> String {
    match &past.content {
        Content::Document(AnyDocument::Key(key)) => format!("key {}", key.name),
        Content::Document(AnyDocument::Rule(rule)) => format!("rule {}", rule.name),
        Content::Document(AnyDocument::Credential(it)) => format!("credential {}", it.name),
        Content::Document(document) => document.name().to_owned(),
        Content::Checkpoint(_) => "checkpoint".to_owned(),
    }
}

/// Its revision; a checkpoint has none.
fn revision(past: &HistoricDocument) -> Option<u64> {
    (!matches!(past.content, Content::Checkpoint(_))).then_some(past.revision.rev)
}

fn described(before: Option<&HistoricDocument>, after: &HistoricDocument) -> Vec<String> {
    let before = before.map(|before| &before.content);
    match (before, &after.content) {
        (Some(Content::Document(AnyDocument::Key(before))), Content::Document(AnyDocument::Key(after))) => {
            describe_key(Some(before), after)
        }
        (_, Content::Document(AnyDocument::Key(after))) => describe_key(None, after),
        (Some(Content::Document(before)), Content::Document(after)) => describe(Some(before), Some(after)),
        (_, Content::Document(after)) => describe(None, Some(after)),
        (_, Content::Checkpoint(checkpoint)) => vec![format!("lists {} documents", checkpoint.documents.len())],
    }
}
