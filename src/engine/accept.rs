//! Taking a reported rollback, fork or disappearance on purpose.

use super::authority::Verified;
use super::document::{AnyDocument, Document};
use super::document_name::DocumentName;
use super::error::{Error, Result};
use super::vault::Vault;
use super::writing::Writing;
use crate::format::path::decode_key;
use crate::machine::Mark;
use crate::model::time::Timestamp;
use crate::model::trust::Kind;

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
            return if self.files.exists(&path)? { Ok(None) } else { Err(self.absent(what)) };
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
            key.check(path, &self.trust())?;
        }
        Ok(verified)
    }

    /// Accepts what lies there: signs it again under a revision above everything seen, so that every other machine follows.
    /// A document that is gone is forgotten. Where a revision at the limit was seen, nothing can be signed above it, and this machine
    /// alone takes what lies there.
    pub fn accept(&self, what: DocumentName<'_>, now: Timestamp) -> Result<Option<Difference>> {
        let Some(difference) = self.difference(what)? else { return Ok(None) };
        let path = &difference.path;
        if difference.here.is_none() {
            let seen = self.seen_at(path)?;
            if !self.files.is_rehearsal()
                && let Some(marks) = &self.marks
            {
                marks.forget(seen.as_slice())?;
            }
            return Ok(Some(difference));
        }
        let mut writing = self.writing_of(what, now)?;
        let Verified { document, hash } = self.present(path)?.ok_or_else(|| self.absent(what))?;
        let mark = Mark { id: document.id(), rev: document.head().rev, hash, path: path.clone() };
        match (self.next_head(Some(document.head()), path, now), &self.marks) {
            (Err(Error::RevisionLimit(_)), Some(_)) if self.files.is_rehearsal() => {}
            (Err(Error::RevisionLimit(_)), Some(marks)) => marks.set(&[mark])?,
            _ => {
                writing.put_above(document)?;
                writing.publish()?;
            }
        }
        Ok(Some(difference))
    }

    /// The change of a document that the member at work may sign.
    fn writing_of(&self, what: DocumentName<'_>, now: Timestamp) -> Result<Writing<'_, '_>> {
        match what {
            DocumentName::Parameter(name) => self.require_writer(Kind::Parameter, name.as_str())?,
            DocumentName::Secret(name) => self.require_writer(Kind::Secret, name.as_str())?,
            DocumentName::Key(_) => return self.administering_without_wraps(now),
        }
        self.writing(now)
    }

    /// The newest document that this machine has seen at a path; of a key, of the one that the trust chain names.
    pub(super) fn seen_at(&self, path: &str) -> Result<Option<Mark>> {
        let Some(marks) = &self.marks else { return Ok(None) };
        let mut seen = marks.at(path)?;
        if let Some(name) = decode_key(path) {
            let id = self.trust().key(&name).map(|rule| rule.id.0);
            seen.retain(|mark| Some(mark.id) == id);
        }
        Ok(seen.pop())
    }
}
