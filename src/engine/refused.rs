//! Valid documents beside refused ones: an untrusted document hides no other.

use super::error::{Error, Result};
use super::key_error::VaultKeyError;
use crate::format::path::key_path;

/// A document that cannot be trusted or read.
#[derive(Debug)]
pub(crate) struct Refused {
    /// Relative to the vault.
    pub path: String,
    /// Why.
    pub error: Error,
}

/// What was found in many documents, and which of them were refused.
#[derive(Debug)]
pub(crate) struct Checked<T> {
    /// What was found in the valid documents.
    pub found: Vec<T>,
    /// The refused documents, by path.
    pub refused: Vec<Refused>,
}

impl<T> Checked<T> {
    /// Everything, or the first refusal: for callers that must miss nothing.
    pub(crate) fn whole(self) -> Result<Vec<T>> {
        match self.refused.into_iter().next() {
            Some(Refused { error, .. }) => Err(error),
            None => Ok(self.found),
        }
    }

    /// Adds one outcome. What this machine remembers concerns every document, so a failure there fails the whole scan.
    pub(super) fn take(&mut self, path: &str, outcome: Result<Option<T>>) -> Result<()> {
        match outcome {
            Ok(found) => self.found.extend(found),
            Err(error @ Error::State(_)) => return Err(error),
            Err(error) => self.refuse(path, error),
        }
        Ok(())
    }

    /// Appends the results of another scan.
    pub(super) fn append(&mut self, other: Self) {
        self.found.extend(other.found);
        self.refused.extend(other.refused);
    }

    /// A document may be refused because of its key, which is then reported instead, once.
    fn refuse(&mut self, path: &str, error: Error) {
        let cause = document_of(&error);
        if cause.as_deref().is_none_or(|cause| cause == path) {
            self.refused.push(Refused { path: path.to_owned(), error });
        } else if let Some(cause) = cause.filter(|cause| !self.refused.iter().any(|it| it.path == *cause)) {
            self.refused.push(Refused { path: cause, error });
        }
    }

    /// Transforms what was found, with the same refusals.
    pub(super) fn map<U>(self, form: impl FnMut(T) -> U) -> Checked<U> {
        Checked { found: self.found.into_iter().map(form).collect(), refused: self.refused }
    }
}

impl<T> Default for Checked<T> {
    fn default() -> Self {
        Checked { found: Vec::new(), refused: Vec::new() }
    }
}

/// The document that an error is about.
fn document_of(error: &Error) -> Option<String> {
    match error {
        Error::Format { path, .. }
        | Error::Tampered { path, .. }
        | Error::Rollback { path, .. }
        | Error::Older { path, .. }
        | Error::Missing { path }
        | Error::Fork { path, .. } => Some(path.clone()),
        Error::Store(error) => Some(error.path.clone()),
        Error::Key(VaultKeyError::NotFound(key)) => Some(key_path(key)),
        _ => None,
    }
}
