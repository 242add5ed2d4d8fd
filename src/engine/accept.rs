//! Taking a reported rollback, fork or disappearance on purpose.

use super::document_name::DocumentName;
use super::error::{Error, Result};
use super::vault::Vault;
use crate::format::caps;
use crate::format::schema::{parse_key, parse_parameter, parse_secret};
use crate::machine::Mark;
use crate::model::head::Head;
use crate::model::key::Key;
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
            return if self.root.exists(&path)? { Ok(None) } else { Err(self.absent(what)) };
        };
        let Some((head, hash)) = self.present(what, &path)? else {
            return Ok(Some(Difference { path, seen: seen.rev, here: None }));
        };
        if head.rev > seen.rev || hash == seen.hash {
            return Ok(None);
        }
        Ok(Some(Difference { path, seen: seen.rev, here: Some((head.rev, head.modified, head.by.to_string())) }))
    }

    /// Head and hash of what lies there, its signature checked.
    fn present(&self, what: DocumentName<'_>, path: &str) -> Result<Option<(Head, [u8; 32])>> {
        Ok(match what {
            DocumentName::Parameter(_) => {
                let verified = self.verify_document(path, caps::DOCUMENT, parse_parameter)?;
                verified.map(|verified| (verified.document.head, verified.hash))
            }
            DocumentName::Secret(_) => {
                let verified = self.verify_document(path, caps::DOCUMENT, parse_secret)?;
                verified.map(|verified| (verified.document.head, verified.hash))
            }
            DocumentName::Key(_) => {
                let verified = self.verify_document(path, caps::SMALL_DOCUMENT, parse_key)?;
                let checked =
                    verified.map(|verified| self.authority().check_key(path, &verified.document).map(|()| verified));
                checked.transpose()?.map(|verified| (verified.document.head, verified.hash))
            }
        })
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
        match what {
            DocumentName::Parameter(name) => {
                self.require_writer(Kind::Parameter, name.as_str())?;
                let _lock = self.lock()?;
                let verified = self.verify_document(path, caps::DOCUMENT, parse_parameter)?;
                let mut parameter = verified.ok_or_else(|| self.not_found(name))?.document;
                parameter.head = self.head_above(&parameter.head, difference.seen, name.as_str(), now)?;
                self.save_parameter(None, &parameter)?;
            }
            DocumentName::Secret(name) => {
                self.require_writer(Kind::Secret, name.as_str())?;
                let _lock = self.lock()?;
                let verified = self.verify_document(path, caps::DOCUMENT, parse_secret)?;
                let mut secret = verified.ok_or_else(|| self.no_secret(name))?.document;
                secret.head = self.head_above(&secret.head, difference.seen, name.as_str(), now)?;
                self.save_secret(None, &secret)?;
            }
            DocumentName::Key(name) => {
                let _lock = self.lock_as_admin()?;
                let verified = self.verify_document(path, caps::SMALL_DOCUMENT, parse_key)?;
                let key = verified.ok_or_else(|| Error::NoSuchKey(name.clone()))?.document;
                self.authority().check_key(path, &key)?;
                let head = Head { rev: key.head.rev.max(difference.seen), ..key.head.clone() };
                self.save_key(Some(&Key { head, ..key.clone() }), key, now)?;
            }
        }
        Ok(Some(difference))
    }

    fn head_above(&self, head: &Head, seen: u64, name: &str, now: Timestamp) -> Result<Head> {
        let highest = Head { rev: head.rev.max(seen), ..head.clone() };
        self.next_head(Some(&highest), name, now)
    }

    pub(super) fn seen_at(&self, path: &str) -> Result<Option<Mark>> {
        let Some(marks) = &self.marks else { return Ok(None) };
        let seen = marks.all().map_err(Error::from)?;
        Ok(seen.into_iter().filter(|mark| mark.path == path).max_by_key(|mark| mark.rev))
    }
}
