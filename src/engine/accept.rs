//! Taking a reported rollback, fork or disappearance on purpose.

use super::error::{Error, Result};
use super::vault::Vault;
use crate::model::name::ParameterName;
use crate::model::time::Timestamp;
use crate::model::trust::Kind;
use crate::store::path::parameter_path;
use crate::store::schema::parse_parameter;
use crate::store::{Mark, caps};

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
    /// How a parameter's document differs from what this machine has seen; nothing if it does not.
    pub fn difference(&self, name: &ParameterName) -> Result<Option<Difference>> {
        let path = parameter_path(name)?;
        let Some(seen) = self.seen_at(&path)? else { return Ok(None) };
        let Some(verified) = self.verify_document(&path, caps::DOCUMENT, parse_parameter)? else {
            return Ok(Some(Difference { path, seen: seen.rev, here: None }));
        };
        if verified.document.head.rev > seen.rev || verified.hash == seen.hash {
            return Ok(None);
        }
        let head = &verified.document.head;
        Ok(Some(Difference { path, seen: seen.rev, here: Some((head.rev, head.modified, head.by.to_string())) }))
    }

    /// Accepts what lies there: signs it again under a revision above everything seen, so that every other machine follows.
    /// A document that is gone is forgotten.
    pub fn accept(&self, name: &ParameterName, now: Timestamp) -> Result<Option<Difference>> {
        let Some(difference) = self.difference(name)? else { return Ok(None) };
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
        self.require_writer(Kind::Parameter, name.as_str())?;
        let _lock = self.lock()?;
        let verified = self.verify_document(path, caps::DOCUMENT, parse_parameter)?;
        let mut parameter = verified.ok_or_else(|| self.not_found(name))?.document;
        parameter.head.rev = parameter.head.rev.max(difference.seen);
        parameter.head = self.next_head(Some(&parameter.head), name.as_str(), now)?;
        self.save_parameter(&parameter)?;
        Ok(Some(difference))
    }

    fn seen_at(&self, path: &str) -> Result<Option<Mark>> {
        let Some(marks) = &self.marks else { return Ok(None) };
        let seen = marks.all().map_err(Error::from)?;
        Ok(seen.into_iter().filter(|mark| mark.path == path).max_by_key(|mark| mark.rev))
    }
}
