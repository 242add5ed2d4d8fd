//! Whether a document is what a member with the right to it signed for its place: the rules that need nothing but a verified
//! trust state. What this machine has seen before is compared by [`Vault`], and not at all for a commit of the past.

use super::chain::check_signature;
use super::error::{Error, Result};
use super::tampering::Tampering;
use super::vault::Vault;
use crate::crypto::framing::sha256;
use crate::format::path::{CHECKPOINT, key_path, parameter_path, secret_path};
use crate::format::schema::{parse_checkpoint, parse_key, parse_parameter, parse_secret};
use crate::format::{FormatError, trailer};
use crate::model::checkpoint::Checkpoint;
use crate::model::head::Head;
use crate::model::id::VaultId;
use crate::model::key::Key;
use crate::model::name::{KeyName, MemberName};
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::model::trust::{Kind, Member, Role, Scope, Trust};

/// Revisions beyond this are refused: no honest document gets there, and a writer must not be able to leave none for others.
pub(super) const REV_LIMIT: u64 = 1_000_000_000;

/// A document whose signature holds.
pub(super) struct Verified<T> {
    pub(super) document: T,
    pub(super) hash: [u8; 32],
}

/// A document that names its author.
pub(super) trait Authored {
    fn author(&self) -> &MemberName;
}

/// The id of a vault and a verified state of its trust.
#[derive(Debug, Clone, Copy)]
pub(super) struct Authority<'a> {
    pub(super) id: &'a VaultId,
    pub(super) trust: &'a Trust,
}

impl Vault<'_> {
    /// The trust that was verified when the vault was opened.
    pub(super) fn authority(&self) -> Authority<'_> {
        Authority { id: &self.id, trust: &self.trust }
    }
}

impl Authority<'_> {
    /// The parameter in the bytes of a file: signature, signer, scope, place and bounds.
    pub(super) fn parameter(self, path: &str, raw: Vec<u8>) -> Result<Verified<Parameter>> {
        let verified = self.verify(path, raw, parse_parameter)?;
        let Parameter { name, head, .. } = &verified.document;
        if parameter_path(name)? != path {
            return Err(elsewhere(path, name.as_str()));
        }
        self.check_writer(path, &head.by, Kind::Parameter, name.as_str())?;
        self.check_bounds(path, head)?;
        Ok(verified)
    }

    /// The secret in the bytes of a file.
    pub(super) fn secret(self, path: &str, raw: Vec<u8>) -> Result<Verified<Secret>> {
        let verified = self.verify(path, raw, parse_secret)?;
        let Secret { name, head, .. } = &verified.document;
        if secret_path(name)? != path {
            return Err(elsewhere(path, name.as_str()));
        }
        self.check_writer(path, &head.by, Kind::Secret, name.as_str())?;
        self.check_bounds(path, head)?;
        Ok(verified)
    }

    /// The key of that name, which an admin signs and the trust chain knows by its id.
    pub(super) fn key(self, name: &KeyName, raw: Vec<u8>) -> Result<Verified<Key>> {
        self.trust.key(name).ok_or_else(|| Error::NoSuchKey(name.clone()))?;
        let path = key_path(name);
        let verified = self.verify(&path, raw, parse_key)?;
        let key = &verified.document;
        if key.name != *name {
            return Err(Error::Tampered { path, reason: Tampering::NotTheKey });
        }
        self.check_key(&path, key)?;
        self.check_bounds(&path, &key.head)?;
        Ok(verified)
    }

    /// A key document is the one that the trust chain names, and an admin's.
    pub(super) fn check_key(self, path: &str, key: &Key) -> Result<()> {
        let rule = self.trust.key(&key.name).ok_or_else(|| Error::NoSuchKey(key.name.clone()))?;
        if key.id != rule.id {
            return Err(Error::Tampered { path: path.to_owned(), reason: Tampering::NotTheKey });
        }
        match self.trust.member(&key.head.by) {
            Some(member) if member.role == Role::Admin => Ok(()),
            _ => Err(not_allowed(path, &key.head.by)),
        }
    }

    /// The checkpoint, signed by somebody who may speak for the whole vault.
    pub(super) fn checkpoint(self, raw: Vec<u8>) -> Result<Checkpoint> {
        let Verified { document, .. } = self.verify(CHECKPOINT, raw, parse_checkpoint)?;
        if !self.trust.member(&document.by).is_some_and(may_sign_checkpoint) {
            return Err(not_allowed(CHECKPOINT, &document.by));
        }
        if document.trust > self.trust.rev {
            return Err(Error::TrustRollback { seen: document.trust, found: self.trust.rev });
        }
        Ok(document)
    }

    /// CR LF, trailer, signature, and only then the parser. The author that the document names must be the signer.
    pub(super) fn verify<T: Authored>(
        self,
        path: &str,
        raw: Vec<u8>,
        parse: fn(&[u8], &VaultId) -> std::result::Result<T, FormatError>,
    ) -> Result<Verified<T>> {
        let format = |error| Error::Format { path: path.to_owned(), error };
        let raw = trailer::normalise(raw).map_err(format)?;
        let signed = trailer::split(&raw).map_err(format)?;
        let signer = self.known_signer(path, &signed.member)?;
        check_signature(self.id, path, &signed, &signer.sign)?;
        let document = parse(signed.body, self.id).map_err(format)?;
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

    fn check_writer(self, path: &str, by: &MemberName, kind: Kind, name: &str) -> Result<()> {
        if self.trust.member(by).is_some_and(|member| member.may_write(kind, name)) {
            return Ok(());
        }
        Err(not_allowed(path, by))
    }

    /// Compares a document with the trust chain and the limits of the format.
    pub(super) fn check_bounds(self, path: &str, head: &Head) -> Result<()> {
        if head.trust > self.trust.rev {
            return Err(Error::TrustRollback { seen: head.trust, found: self.trust.rev });
        }
        if head.rev == 0 || head.rev > REV_LIMIT {
            return Err(Error::Tampered { path: path.to_owned(), reason: Tampering::Revision });
        }
        Ok(())
    }
}

/// A checkpoint speaks for the whole vault, so its signer must be able to write all of it.
pub(super) fn may_sign_checkpoint(member: &Member) -> bool {
    member.role == Role::Admin || member.write.contains(&Scope::All)
}

pub(super) fn elsewhere(path: &str, name: &str) -> Error {
    Error::Tampered { path: path.to_owned(), reason: Tampering::Elsewhere(name.to_owned()) }
}

fn not_allowed(path: &str, by: &MemberName) -> Error {
    Error::Tampered { path: path.to_owned(), reason: Tampering::NotAllowed(by.to_string()) }
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

impl Authored for Checkpoint {
    fn author(&self) -> &MemberName {
        &self.by
    }
}
