//! Taking a reported rollback, fork or disappearance on purpose.

use super::authority::Verified;
use super::document::{AnyDocument, Document};
use super::document_name::DocumentName;
use super::error::Result;
use super::vault::Vault;
use crate::machine::Mark;
use crate::model::head::Head;
use crate::model::time::Timestamp;
use crate::model::trust::Kind;
use crate::store::Lock;

/// How a document differs from what this machine has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The document, relative to the vault.
    pub path: String,
    /// The highest revision seen.
    pub seen: u64,
    /// What lies there now: its revision, when and by whom it was written; nothing if the document is gone.
    pub here: Option<(u64, Timestamp, String)>,
}

impl Vault<'_> {
    /// How a document differs from what this machine has seen; nothing if it does not. One that neither is there nor was seen is
    /// an error.
    pub fn difference(&self, what: DocumentName<'_>) -> Result<Option<Difference>> {
        let path = self.place_of(what)?;
        let Some(seen) = self.seen_at(&path)? else {
            return if self.root.exists(&path)? { Ok(None) } else { Err(self.absent(what)) };
        };
        let Some(Verified { document, hash }) = self.present(&path)? else {
            return Ok(Some(Difference { path, seen: seen.rev, here: None }));
        };
        let head = document.head();
        if head.rev > seen.rev || hash == seen.hash {
            return Ok(None);
        }
        Ok(Some(Difference { path, seen: seen.rev, here: Some((head.rev, head.modified, head.by.to_string())) }))
    }

    /// What lies there, its signature checked.
    fn present(&self, path: &str) -> Result<Option<Verified<AnyDocument>>> {
        let verified = self.verify_document::<AnyDocument>(path)?;
        if let Some(Verified { document: AnyDocument::Key(key), .. }) = &verified {
            key.check(path, &self.trust)?;
        }
        Ok(verified)
    }

    /// Accepts what lies there: signs it again under a revision above everything seen, so that every other machine follows.
    /// A document that is gone is forgotten.
    pub fn accept(&self, what: DocumentName<'_>, now: Timestamp) -> Result<Option<Difference>> {
        let Some(difference) = self.difference(what)? else { return Ok(None) };
        let path = &difference.path;
        if difference.here.is_none() {
            let seen = self.seen_at(path)?;
            if !self.dry_run
                && let Some(marks) = &self.marks
            {
                marks.forget(seen.as_slice())?;
            }
            return Ok(Some(difference));
        }
        let _lock = self.lock_to_write(what)?;
        let mut document = self.present(path)?.ok_or_else(|| self.absent(what))?.document;
        let highest = Head { rev: document.head().rev.max(difference.seen), ..document.head().clone() };
        *document.head_mut() = self.next_head(Some(&highest), document.name(), now)?;
        self.save(None, &document)?;
        Ok(Some(difference))
    }

    /// The lock for a change of a document that the member at work may sign.
    fn lock_to_write(&self, what: DocumentName<'_>) -> Result<Lock> {
        match what {
            DocumentName::Parameter(name) => self.require_writer(Kind::Parameter, name.as_str())?,
            DocumentName::Secret(name) => self.require_writer(Kind::Secret, name.as_str())?,
            DocumentName::Key(_) => return self.lock_as_admin(),
        }
        self.lock()
    }

    pub(super) fn seen_at(&self, path: &str) -> Result<Option<Mark>> {
        let Some(marks) = &self.marks else { return Ok(None) };
        let seen = marks.all()?;
        Ok(seen.into_iter().filter(|mark| mark.path == path).max_by_key(|mark| mark.rev))
    }
}
