//! The subject of a change, for observers.

use super::access::{Access, Deed, Outcome};
use super::document::{AnyDocument, Document, with_values};
use super::error::Result;
use super::valued::{Valuable, Valued};
use super::vault::Vault;
use crate::model::trust::Kind;

/// The subject of a change.
#[derive(Clone)]
pub(super) struct Subject {
    kind: Option<Kind>,
    name: String,
    /// The version that is current after the change, and its labels.
    current: Option<(String, Vec<String>)>,
}

impl Subject {
    /// A document.
    pub(super) fn of(document: &AnyDocument) -> Self {
        fn valued<D: Valued>(document: &D) -> Subject {
            let current = document.current().map(|version| (version.id_text(), version.labels()));
            Subject { current, ..Subject::named(D::KIND, document.name()) }
        }
        with_values!(document, it => valued(&**it), else Subject::file(document.name()))
    }

    /// A name that may not have a document yet.
    pub(super) fn named(kind: Kind, name: &str) -> Self {
        Subject { kind: Some(kind), name: name.to_owned(), current: None }
    }

    /// Something with a path but no versions.
    pub(super) fn file(path: &str) -> Self {
        Subject { kind: None, name: path.to_owned(), current: None }
    }
}

impl Vault<'_> {
    /// A change is about to be made.
    pub(super) fn report_change(&self, subject: Subject, outcome: Outcome) -> Result<()> {
        self.report(|purpose| {
            let Subject { kind, name, current } = subject;
            let (version, labels) = current.map_or((None, Vec::new()), |(version, labels)| (Some(version), labels));
            Access { purpose, deed: Deed::Change, kind, name, version, labels, outcome, times: 1 }
        })
    }

    /// A change was refused, or has failed: that is said whether it can be recorded or not.
    pub(super) fn report_failure(&self, subject: Subject, outcome: Outcome) {
        let _ = self.report_change(subject, outcome).and_then(|()| self.settle_log());
    }
}
