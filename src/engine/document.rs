//! One document: what parameters, secrets and keys have in common, so that each verb is written once.

mod any;
mod kinds;

use super::error::{Error, Result};
use super::tampering::Tampering;
use crate::format::path::PathTooLong;
use crate::format::{FormatError, caps};
use crate::model::event::Summary;
use crate::model::head::Head;
use crate::model::id::VaultId;
use crate::model::name::{MemberName, SecretName};
use crate::model::trust::Trust;

pub use any::AnyDocument;
pub(super) use any::with_values;

/// The outcome of parsing a body.
pub(crate) type Parsed<T> = std::result::Result<T, FormatError>;

/// Something that a member signs.
pub trait Authored: Sized {
    /// Parses the body of the file at `path`.
    fn parse(path: &str, body: &[u8], vault: &VaultId) -> Parsed<Self>;

    /// Its stated author.
    fn author(&self) -> &MemberName;
}

/// A document with revisions (FORMAT.md, documents).
pub trait Document: Authored + Clone + PartialEq + Into<AnyDocument> {
    /// The maximum size of a document at `path`, in bytes.
    fn cap(_path: &str) -> u64 {
        caps::DOCUMENT
    }

    /// Drops what the next revision does not state: what the current format does not know, or is about something gone.
    fn drop_outdated(&mut self) {}

    /// Its canonical text, without the signature.
    fn emit(&self, vault: &VaultId) -> String;

    /// Where it belongs, relative to the vault.
    fn path(&self) -> std::result::Result<String, PathTooLong>;

    /// Its name for people.
    fn name(&self) -> &str;

    /// Its id: a different document of the same name has a different one.
    fn id(&self) -> [u8; 16];

    /// Its revision, author and time.
    fn head(&self) -> &Head;

    /// The same, to be changed.
    fn head_mut(&mut self) -> &mut Head;

    /// Whether it is a tombstone.
    fn is_deleted(&self) -> bool;

    /// Whether it is at the right path, and its author may write it.
    fn check(&self, path: &str, trust: &Trust) -> Result<()>;

    /// What decides whether a change of it is an event; `None` if none ever is.
    fn summary(&self) -> Option<Summary> {
        None
    }

    /// The name of a secret that has copies in other vaults.
    fn replicated(&self) -> Option<&SecretName> {
        None
    }

    /// Whether it is as new as the trust chain requires.
    fn check_floor(&self, trust: &Trust) -> Result<()> {
        check_format(self, trust)
    }
}

/// Refuses a document of a format that the trust chain has left behind.
pub(super) fn check_format(document: &impl Document, trust: &Trust) -> Result<()> {
    if document.head().format.number() >= trust.format_floor {
        return Ok(());
    }
    Err(Error::Format { path: document.path()?, error: FormatError::OlderFormat })
}

pub(super) fn elsewhere(path: &str, name: &str) -> Error {
    Error::Tampered { path: path.to_owned(), reason: Tampering::Elsewhere(name.to_owned()) }
}

pub(super) fn not_allowed(path: &str, by: &MemberName) -> Error {
    Error::Tampered { path: path.to_owned(), reason: Tampering::NotAllowed(by.to_string()) }
}
