//! Reading one document: verified before it is parsed, and checked against its place, its signer and its past.

use super::chain::check_signature;
use super::error::{Error, Result, Tampering};
use super::vault::Vault;
use crate::crypto::framing::sha256;
use crate::model::head::Head;
use crate::model::id::VaultId;
use crate::model::key::Key;
use crate::model::name::{KeyName, MemberName, ParameterName, SecretName};
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::model::trust::{Kind, Member, Role};
use crate::store::marks::Comparison;
use crate::store::path::{key_path, parameter_path, secret_path};
use crate::store::schema::{parse_key, parse_parameter, parse_secret};
use crate::store::{FormatError, Mark, caps, trailer};

/// Revisions beyond this are refused: no honest document gets there, and a writer must not be able to leave none for others.
pub(super) const REV_LIMIT: u64 = 1_000_000_000;

/// A document whose signature holds.
pub(super) struct Verified<T> {
    pub(super) document: T,
    pub(super) hash: [u8; 32],
}

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
        let Some(verified) = self.verify_document(path, caps::DOCUMENT, parse_parameter)? else { return Ok(None) };
        self.check_parameter(path, &verified)?;
        Ok(Some(verified.document))
    }

    /// A parameter in bytes that a walk has read; nothing if it was removed since.
    pub(super) fn parameter_from(&self, path: &str, raw: Vec<u8>) -> Result<Option<Parameter>> {
        let verified = self.verify_bytes(path, raw, parse_parameter)?;
        match self.check_parameter(path, &verified) {
            Ok(()) => Ok(Some(verified.document)),
            Err(Error::Rollback { .. }) => self.load_parameter_at(path),
            Err(error) => Err(error),
        }
    }

    fn check_parameter(&self, path: &str, verified: &Verified<Parameter>) -> Result<()> {
        let parameter = &verified.document;
        if parameter_path(&parameter.name)? != path {
            return Err(elsewhere(path, parameter.name.as_str()));
        }
        self.check_writer(path, &parameter.head.by, Kind::Parameter, parameter.name.as_str())?;
        self.check_head(path, &parameter.head, parameter.id.0, verified.hash)
    }

    /// The secret of that name; also a tombstone.
    pub(super) fn load_secret(&self, name: &SecretName) -> Result<Option<Secret>> {
        self.load_secret_at(&secret_path(name)?)
    }

    pub(super) fn load_secret_at(&self, path: &str) -> Result<Option<Secret>> {
        unless_overtaken(|| self.load_secret_once(path))
    }

    fn load_secret_once(&self, path: &str) -> Result<Option<Secret>> {
        let Some(verified) = self.verify_document(path, caps::DOCUMENT, parse_secret)? else { return Ok(None) };
        self.check_secret(path, &verified)?;
        Ok(Some(verified.document))
    }

    /// A secret in bytes that a walk has read; nothing if it was removed since.
    pub(super) fn secret_from(&self, path: &str, raw: Vec<u8>) -> Result<Option<Secret>> {
        let verified = self.verify_bytes(path, raw, parse_secret)?;
        match self.check_secret(path, &verified) {
            Ok(()) => Ok(Some(verified.document)),
            Err(Error::Rollback { .. }) => self.load_secret_at(path),
            Err(error) => Err(error),
        }
    }

    fn check_secret(&self, path: &str, verified: &Verified<Secret>) -> Result<()> {
        let secret = &verified.document;
        if secret_path(&secret.name)? != path {
            return Err(elsewhere(path, secret.name.as_str()));
        }
        self.check_writer(path, &secret.head.by, Kind::Secret, secret.name.as_str())?;
        self.check_head(path, &secret.head, secret.id.0, verified.hash)
    }

    pub(super) fn load_key(&self, name: &KeyName) -> Result<Key> {
        unless_overtaken(|| self.load_key_once(name))
    }

    fn load_key_once(&self, name: &KeyName) -> Result<Key> {
        self.trust.key(name).ok_or_else(|| Error::NoSuchKey(name.clone()))?;
        let path = key_path(name);
        let verified = self.verify_document(&path, caps::SMALL_DOCUMENT, parse_key)?;
        let verified = verified.ok_or_else(|| Error::NoSuchKey(name.clone()))?;
        let key = &verified.document;
        if key.name != *name {
            return Err(Error::Tampered { path, reason: Tampering::NotTheKey });
        }
        self.check_key(&path, key)?;
        self.check_head(&path, &key.head, key.id.0, verified.hash)?;
        Ok(verified.document)
    }

    /// A key document is the one that the trust chain names, and an admin's.
    pub(super) fn check_key(&self, path: &str, key: &Key) -> Result<()> {
        let bad = |reason| Err(Error::Tampered { path: path.to_owned(), reason });
        let rule = self.trust.key(&key.name).ok_or_else(|| Error::NoSuchKey(key.name.clone()))?;
        if key.id != rule.id {
            return bad(Tampering::NotTheKey);
        }
        match self.trust.member(&key.head.by) {
            Some(member) if member.role == Role::Admin => Ok(()),
            _ => bad(Tampering::NotAllowed(key.head.by.to_string())),
        }
    }

    /// Cap, CR LF, trailer, signature, and only then the parser. The author that the document names must be the signer.
    pub(super) fn verify_document<T: Authored>(
        &self,
        path: &str,
        cap: u64,
        parse: fn(&[u8], &VaultId) -> std::result::Result<T, FormatError>,
    ) -> Result<Option<Verified<T>>> {
        match self.root.read(path, cap)? {
            Some(raw) => self.verify_bytes(path, raw, parse).map(Some),
            None => Ok(None),
        }
    }

    /// The same for bytes that were read from that path.
    pub(super) fn verify_bytes<T: Authored>(
        &self,
        path: &str,
        raw: Vec<u8>,
        parse: fn(&[u8], &VaultId) -> std::result::Result<T, FormatError>,
    ) -> Result<Verified<T>> {
        let format = |error| Error::Format { path: path.to_owned(), error };
        let raw = trailer::normalise(raw).map_err(format)?;
        let signed = trailer::split(&raw).map_err(format)?;
        let signer = self.known_signer(path, &signed.member)?;
        check_signature(&self.id, path, &signed, &signer.sign)?;
        let document = parse(signed.body, &self.id).map_err(format)?;
        if document.author() != &signed.member {
            let reason = Tampering::Author(document.author().to_string());
            return Err(Error::Tampered { path: path.to_owned(), reason });
        }
        Ok(Verified { document, hash: sha256(&raw) })
    }

    fn known_signer(&self, path: &str, name: &MemberName) -> Result<&Member> {
        self.trust.member(name).ok_or_else(|| {
            let former = self.trust.former.iter().any(|former| former.name == *name);
            let reason =
                if former { Tampering::Former(name.to_string()) } else { Tampering::Stranger(name.to_string()) };
            Error::Tampered { path: path.to_owned(), reason }
        })
    }

    pub(super) fn check_writer(&self, path: &str, by: &MemberName, kind: Kind, name: &str) -> Result<()> {
        if self.trust.member(by).is_some_and(|member| member.may_write(kind, name)) {
            return Ok(());
        }
        Err(Error::Tampered { path: path.to_owned(), reason: Tampering::NotAllowed(by.to_string()) })
    }

    /// Compares a document with the trust chain and with what this machine has seen, and remembers it for [`Vault::finish`].
    pub(super) fn check_head(&self, path: &str, head: &Head, id: [u8; 16], hash: [u8; 32]) -> Result<()> {
        self.check_bounds(path, head)?;
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

    /// Compares a document with the trust chain and the limits of the format, not with the past.
    pub(super) fn check_bounds(&self, path: &str, head: &Head) -> Result<()> {
        if head.trust > self.trust.rev {
            return Err(Error::TrustRollback { seen: head.trust, found: self.trust.rev });
        }
        if head.rev == 0 || head.rev > REV_LIMIT {
            return Err(Error::Tampered { path: path.to_owned(), reason: Tampering::Revision });
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

pub(super) fn elsewhere(path: &str, name: &str) -> Error {
    Error::Tampered { path: path.to_owned(), reason: Tampering::Elsewhere(name.to_owned()) }
}

/// A document that names its author.
pub(super) trait Authored {
    fn author(&self) -> &MemberName;
}

impl Authored for Parameter {
    fn author(&self) -> &MemberName {
        &self.head.by
    }
}

impl Authored for Secret {
    fn author(&self) -> &MemberName {
        &self.head.by
    }
}

impl Authored for Key {
    fn author(&self) -> &MemberName {
        &self.head.by
    }
}
