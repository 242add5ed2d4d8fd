//! Reading one document: verified before it is parsed, and checked against its path, its signer and its history.

use super::authority::Verified;
use super::document::Document;
use super::error::{Error, Result};
use super::key_error::VaultKeyError;
use super::loaded::Loaded;
use super::refused::Checked;
use super::valued::Valued;
use super::vault::Vault;
use crate::format::path::key_path;
use crate::model::key::KeyDocument;
use crate::model::name::KeyName;
use crate::model::time::Timestamp;

impl Vault<'_> {
    /// The document of a name, in whichever spelling is in use; may be a tombstone.
    pub(super) fn load_named<D: Valued>(&self, name: &D::Name) -> Result<Option<Loaded<D>>> {
        let is_in_use = |loaded: &Loaded<D>| !loaded.document.is_deleted();
        let found = self.load(&D::path_of(name)?)?;
        match D::twin(name) {
            Some(twin) if !found.as_ref().is_some_and(is_in_use) => {
                Ok(self.load(&D::path_of(&twin)?)?.filter(is_in_use).or(found))
            }
            _ => Ok(found),
        }
    }

    /// The document of a name, verified, if there is one: also an expired parameter, or a secret that is marked for deletion.
    pub(crate) fn find<D: Valued>(&self, name: &D::Name) -> Result<Option<D>> {
        Ok(self.load_named(name)?.map(|loaded| loaded.document).filter(|document: &D| !document.is_deleted()))
    }

    /// Why there is no usable document for a name: it has expired, or there is none.
    pub(crate) fn missing<D: Valued>(&self, name: &D::Name, now: Timestamp) -> Error {
        match self.find::<D>(name).map(|found| found.and_then(|document| document.expired(now))) {
            Ok(Some(at)) => Error::Expired { name: name.to_string(), at: at.to_string() },
            Ok(None) => self.not_found::<D>(name.as_ref()),
            Err(error) => error,
        }
    }

    /// The document of a key that the trust chain knows.
    pub(super) fn load_key(&self, name: &KeyName) -> Result<KeyDocument> {
        let unknown = || VaultKeyError::NotFound(name.clone());
        self.trust().key(name).ok_or_else(unknown)?;
        Ok(self.load(&key_path(name))?.map(|loaded| loaded.document).ok_or_else(unknown)?)
    }

    /// The document at a path, if there is one; also a tombstone.
    pub(super) fn load<D: Document>(&self, path: &str) -> Result<Option<Loaded<D>>> {
        unless_overtaken(|| {
            let Some(raw) = self.files.read(path, D::cap(path))? else { return Ok(None) };
            self.seen(path, self.authority().document(path, raw)?).map(Some)
        })
    }

    /// The documents at some paths that are no tombstones.
    pub(super) fn load_live<D: Document>(&self, paths: impl Iterator<Item = String>) -> Result<Checked<D>> {
        let mut live = Checked::default();
        for path in paths {
            let loaded = self.load::<D>(&path).map(|loaded| loaded.map(|loaded| loaded.document));
            live.take(&path, loaded.map(|document| document.filter(|document| !document.is_deleted())))?;
        }
        Ok(live)
    }

    /// A document in bytes that a walk has read; `None` if it was removed since.
    pub(super) fn latest_of<D: Document>(&self, path: &str, raw: Vec<u8>) -> Result<Option<D>> {
        let loaded = self.latest(path, self.authority().document(path, raw)?)?;
        Ok(loaded.map(|loaded| loaded.document))
    }

    /// A verified document, or the newer one that has replaced it in the meantime.
    pub(super) fn latest<D: Document>(&self, path: &str, verified: Verified<D>) -> Result<Option<Loaded<D>>> {
        match self.seen(path, verified) {
            Err(Error::Rollback { .. } | Error::Older { .. }) => self.load(path),
            checked => checked.map(Some),
        }
    }

    /// The document at a path, if there is one: size limit, signature and form. Neither its path nor its history is
    /// checked.
    pub(super) fn verify_document<D: Document>(&self, path: &str) -> Result<Option<Verified<D>>> {
        match self.files.read(path, D::cap(path))? {
            Some(raw) => self.authority().verify(path, raw).map(Some),
            None => Ok(None),
        }
    }

    /// A verified document, compared with what this machine has seen and with the trust chain, and remembered for [`Vault::finish`].
    fn seen<D: Document>(&self, path: &str, verified: Verified<D>) -> Result<Loaded<D>> {
        let mark = verified.mark(path);
        let is_news = self.admit(&mark)?;
        verified.document.check_floor(&self.trust())?;
        if is_news {
            self.ledger.record_mark(mark);
        }
        Ok(Loaded { document: verified.document, as_read: verified.as_read })
    }
}

/// Readers take no lock, so another process may have written a newer revision, and recorded it in the marks, between
/// our reading of the two. Then a second read finds the newer one; a real rollback remains.
fn unless_overtaken<T>(load: impl Fn() -> Result<T>) -> Result<T> {
    let mut outcome = load();
    while let Err(Error::Rollback { found, .. } | Error::Older { found, .. }) = outcome {
        outcome = load();
        if matches!(outcome, Err(Error::Rollback { found: again, .. } | Error::Older { found: again, .. }) if again == found)
        {
            break;
        }
    }
    outcome
}
