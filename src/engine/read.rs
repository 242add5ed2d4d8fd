//! Reading one document: verified before it is parsed, and checked against its place, its signer and its past.

use super::authority::{Authored, Verified};
use super::error::{Error, Result};
use super::vault::Vault;
use crate::format::path::{key_path, parameter_path, secret_path};
use crate::format::{FormatError, caps};
use crate::machine::Mark;
use crate::machine::marks::Comparison;
use crate::model::head::Head;
use crate::model::id::VaultId;
use crate::model::key::Key;
use crate::model::name::{KeyName, ParameterName, SecretName};
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;

impl Vault<'_> {
    /// The parameter of that name, in either spelling of a name at the root; also a tombstone.
    pub(super) fn load_parameter(&self, name: &ParameterName) -> Result<Option<Parameter>> {
        match self.load_parameter_at(&parameter_path(name)?)? {
            Some(found) if !found.is_deleted() => Ok(Some(found)),
            found => match name.twin() {
                Some(twin) => {
                    Ok(self.load_parameter_at(&parameter_path(&twin)?)?.filter(|p| !p.is_deleted()).or(found))
                }
                None => Ok(found),
            },
        }
    }

    pub(super) fn load_parameter_at(&self, path: &str) -> Result<Option<Parameter>> {
        unless_overtaken(|| self.load_parameter_once(path))
    }

    fn load_parameter_once(&self, path: &str) -> Result<Option<Parameter>> {
        let Some(raw) = self.root.read(path, caps::DOCUMENT)? else { return Ok(None) };
        self.seen_parameter(path, self.authority().parameter(path, raw)?).map(Some)
    }

    /// A parameter in bytes that a walk has read; nothing if it was removed since.
    pub(super) fn parameter_from(&self, path: &str, raw: Vec<u8>) -> Result<Option<Parameter>> {
        self.latest_parameter(path, self.authority().parameter(path, raw)?)
    }

    /// A verified parameter, or the newer one that somebody has put in its place meanwhile.
    pub(super) fn latest_parameter(&self, path: &str, verified: Verified<Parameter>) -> Result<Option<Parameter>> {
        match self.seen_parameter(path, verified) {
            Err(Error::Rollback { .. }) => self.load_parameter_at(path),
            checked => checked.map(Some),
        }
    }

    /// A verified parameter, compared with what this machine has seen.
    fn seen_parameter(&self, path: &str, verified: Verified<Parameter>) -> Result<Parameter> {
        let Verified { document, hash } = verified;
        self.check_seen(path, &document.head, document.id.0, hash)?;
        Ok(document)
    }

    /// The secret of that name; also a tombstone.
    pub(super) fn load_secret(&self, name: &SecretName) -> Result<Option<Secret>> {
        self.load_secret_at(&secret_path(name)?)
    }

    pub(super) fn load_secret_at(&self, path: &str) -> Result<Option<Secret>> {
        unless_overtaken(|| self.load_secret_once(path))
    }

    fn load_secret_once(&self, path: &str) -> Result<Option<Secret>> {
        let Some(raw) = self.root.read(path, caps::DOCUMENT)? else { return Ok(None) };
        self.seen_secret(path, self.authority().secret(path, raw)?).map(Some)
    }

    /// A secret in bytes that a walk has read; nothing if it was removed since.
    pub(super) fn secret_from(&self, path: &str, raw: Vec<u8>) -> Result<Option<Secret>> {
        self.latest_secret(path, self.authority().secret(path, raw)?)
    }

    /// A verified secret, or the newer one that somebody has put in its place meanwhile.
    pub(super) fn latest_secret(&self, path: &str, verified: Verified<Secret>) -> Result<Option<Secret>> {
        match self.seen_secret(path, verified) {
            Err(Error::Rollback { .. }) => self.load_secret_at(path),
            checked => checked.map(Some),
        }
    }

    /// A verified secret, compared with what this machine has seen.
    fn seen_secret(&self, path: &str, verified: Verified<Secret>) -> Result<Secret> {
        let Verified { document, hash } = verified;
        self.check_seen(path, &document.head, document.id.0, hash)?;
        Ok(document)
    }

    pub(super) fn load_key(&self, name: &KeyName) -> Result<Key> {
        unless_overtaken(|| self.load_key_once(name))
    }

    fn load_key_once(&self, name: &KeyName) -> Result<Key> {
        let path = key_path(name);
        let raw = self.root.read(&path, caps::SMALL_DOCUMENT)?.ok_or_else(|| Error::NoSuchKey(name.clone()))?;
        let Verified { document, hash } = self.authority().key(name, raw)?;
        self.check_seen(&path, &document.head, document.id.0, hash)?;
        Ok(document)
    }

    /// The document at a path, if there is one: cap, signature and form. Neither its place nor its past is looked at.
    pub(super) fn verify_document<T: Authored>(
        &self,
        path: &str,
        cap: u64,
        parse: fn(&[u8], &VaultId) -> std::result::Result<T, FormatError>,
    ) -> Result<Option<Verified<T>>> {
        match self.root.read(path, cap)? {
            Some(raw) => self.authority().verify(path, raw, parse).map(Some),
            None => Ok(None),
        }
    }

    /// Compares a document with what this machine has seen, and remembers it for [`Vault::finish`].
    fn check_seen(&self, path: &str, head: &Head, id: [u8; 16], hash: [u8; 32]) -> Result<()> {
        let Some(marks) = &self.marks else { return Ok(()) };
        let mark = Mark { id, rev: head.rev, hash, path: path.to_owned() };
        match marks.compare(&mark)? {
            Comparison::Same => {}
            Comparison::Ahead => self.saw(mark),
            Comparison::Behind(seen) => {
                return Err(Error::Rollback { path: path.to_owned(), seen, found: head.rev });
            }
            Comparison::Forked => return Err(Error::Fork { path: path.to_owned(), rev: head.rev }),
        }
        Ok(())
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
