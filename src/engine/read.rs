//! Reading one document: verified before it is parsed, and checked against its place, its signer and its past.

use super::authority::Verified;
use super::document::Document;
use super::error::{Error, Result};
use super::loaded::Loaded;
use super::vault::Vault;
use crate::format::path::{key_path, parameter_path, secret_path};
use crate::machine::Mark;
use crate::machine::marks::Comparison;
use crate::model::key::Key;
use crate::model::name::{KeyName, ParameterName, SecretName};
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::store::{Blob, Tag};

impl Vault<'_> {
    /// The parameter of that name, in either spelling of a name at the root; also a tombstone.
    pub(super) fn load_parameter(&self, name: &ParameterName) -> Result<Option<Loaded<Parameter>>> {
        let is_live = |found: &Loaded<Parameter>| !Parameter::is_deleted(&found.document);
        match self.load(&parameter_path(name)?)? {
            Some(found) if is_live(&found) => Ok(Some(found)),
            found => match name.twin() {
                Some(twin) => Ok(self.load(&parameter_path(&twin)?)?.filter(is_live).or(found)),
                None => Ok(found),
            },
        }
    }

    /// The secret of that name; also a tombstone.
    pub(super) fn load_secret(&self, name: &SecretName) -> Result<Option<Loaded<Secret>>> {
        self.load(&secret_path(name)?)
    }

    /// The key of that name, which the trust chain knows.
    pub(super) fn load_key(&self, name: &KeyName) -> Result<Key> {
        let unknown = || Error::NoSuchKey(name.clone());
        self.trust().key(name).ok_or_else(unknown)?;
        self.load(&key_path(name))?.map(|loaded| loaded.document).ok_or_else(unknown)
    }

    /// The document at a path, if there is one; also a tombstone.
    pub(super) fn load<D: Document>(&self, path: &str) -> Result<Option<Loaded<D>>> {
        unless_overtaken(|| {
            let Some(blob) = self.files.read(path, D::cap(path))? else { return Ok(None) };
            let tag = blob.tag();
            let document = self.seen(path, self.authority().document(path, blob.bytes)?)?;
            Ok(Some(Loaded { document, tag }))
        })
    }

    /// A document in bytes that a walk has read; nothing if it was removed since.
    pub(super) fn latest_of<D: Document>(&self, path: &str, raw: Vec<u8>) -> Result<Option<D>> {
        let blob = Blob::new(raw);
        let tag = blob.tag();
        let loaded = self.latest(path, self.authority().document(path, blob.bytes)?, tag)?;
        Ok(loaded.map(|loaded| loaded.document))
    }

    /// A verified document, or the newer one that somebody has put in its place meanwhile.
    pub(super) fn latest<D: Document>(&self, path: &str, verified: Verified<D>, tag: Tag) -> Result<Option<Loaded<D>>> {
        match self.seen(path, verified) {
            Err(Error::Rollback { .. }) => self.load(path),
            checked => Ok(Some(Loaded { document: checked?, tag })),
        }
    }

    /// The document at a path, if there is one: cap, signature and form. Neither its place nor its past is looked at.
    pub(super) fn verify_document<D: Document>(&self, path: &str) -> Result<Option<Verified<D>>> {
        match self.files.bytes(path, D::cap(path))? {
            Some(raw) => self.authority().verify(path, raw).map(Some),
            None => Ok(None),
        }
    }

    /// A verified document, compared with what this machine has seen and with the trust chain, and remembered for [`Vault::finish`].
    fn seen<D: Document>(&self, path: &str, verified: Verified<D>) -> Result<D> {
        let Verified { document, hash } = verified;
        let rev = document.head().rev;
        let mark = Mark { id: document.id(), rev, hash, path: path.to_owned() };
        let compared = self.marks.as_ref().map_or(Ok(Comparison::Same), |marks| marks.compare(&mark))?;
        match compared {
            Comparison::Behind(seen) => return Err(Error::Rollback { path: mark.path, seen, found: rev }),
            Comparison::Forked => return Err(Error::Fork { path: mark.path, rev }),
            Comparison::Same | Comparison::Ahead => document.check_floor(&self.trust())?,
        }
        if compared == Comparison::Ahead {
            self.ledger.record_mark(mark);
        }
        Ok(document)
    }
}

/// Readers take no lock, so another process may have written a newer revision, and said so in the marks, between this
/// process's reading of the one and of the other. Then a second look finds the newer one; a real rollback stays.
fn unless_overtaken<T>(load: impl Fn() -> Result<T>) -> Result<T> {
    let mut outcome = load();
    while let Err(Error::Rollback { found, .. }) = outcome {
        outcome = load();
        if matches!(outcome, Err(Error::Rollback { found: again, .. }) if again == found) {
            break;
        }
    }
    outcome
}
