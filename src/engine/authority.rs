//! Whether a document was signed for its path by a member with permission: the rules that need only a verified trust
//! state. [`Vault`] compares it with what this machine has seen before; for past commits this is skipped.

use std::sync::Arc;

use super::chain::{Link, check_author, check_signature};
use super::document::{Authored, Document, Parsed, not_allowed};
use super::error::{Error, Result};
use super::recall::Signatures;
use super::tampering::Tampering;
use super::vault::Vault;
use crate::crypto::framing::sha256;
use crate::format::path::CHECKPOINT;
use crate::format::probe;
use crate::format::schema::parse_checkpoint;
use crate::format::trailer;
use crate::machine::Mark;
use crate::model::checkpoint::Checkpoint;
use crate::model::head::Head;
use crate::model::id::VaultId;
use crate::model::name::MemberName;
use crate::model::revision::Revision;
use crate::model::trust::{Member, Role, Scope};

/// Revisions beyond this are refused: no genuine document gets there, and no writer must be able to use up all
/// revisions.
pub(super) const REV_LIMIT: u64 = 1_000_000_000;

/// A document with a valid signature.
pub(super) struct Verified<T> {
    pub(super) document: T,
    pub(super) hash: [u8; 32],
    /// The hash of the bytes as they were read, with the line ends of Windows.
    pub(super) as_read: [u8; 32],
}

impl<D: Document> Verified<D> {
    pub(super) fn revision(&self) -> Revision {
        Revision { id: self.document.id(), rev: self.document.head().rev, hash: self.hash }
    }

    /// What this machine remembers about it.
    pub(super) fn mark(&self, path: &str) -> Mark {
        mark(path.to_owned(), self.revision())
    }
}

/// A revision as this machine remembers it.
pub(super) fn mark(path: String, Revision { id, rev, hash }: Revision) -> Mark {
    Mark { id, rev, hash, path }
}

/// The id of a vault and a verified state of its trust.
#[derive(Debug, Clone)]
pub(super) struct Authority {
    pub(super) id: VaultId,
    pub(super) trust: Arc<Link>,
}

impl Vault<'_> {
    /// The trust that was verified when the vault was opened.
    pub(super) fn authority(&self) -> Authority {
        Authority { id: self.id, trust: self.trust() }
    }
}

impl Authority {
    /// The document in the bytes of the file at `path`: signature, signer, scope, path and limits.
    pub(super) fn document<D: Document>(&self, path: &str, raw: Vec<u8>) -> Result<Verified<D>> {
        self.document_among(None, path, raw)
    }

    /// The same; a signature that was verified before is not verified again.
    pub(super) fn document_among<D: Document>(
        &self,
        signatures: Option<&Signatures>,
        path: &str,
        raw: Vec<u8>,
    ) -> Result<Verified<D>> {
        let verified: Verified<D> = self.verify_among(signatures, path, raw)?;
        verified.document.check(path, &self.trust)?;
        self.check_bounds(path, verified.document.head())?;
        Ok(verified)
    }

    /// The checkpoint, signed by somebody who may write the whole vault.
    pub(super) fn checkpoint(&self, raw: Vec<u8>) -> Result<Checkpoint> {
        let document: Checkpoint = self.verify(CHECKPOINT, raw)?.document;
        if !self.trust.member(&document.by).is_some_and(may_sign_checkpoint) {
            return Err(not_allowed(CHECKPOINT, &document.by));
        }
        if document.trust > self.trust.rev {
            return Err(Error::TrustRollback { seen: document.trust, found: self.trust.rev });
        }
        Ok(document)
    }

    /// CR LF, trailer, signature, and only then the parser. The author that the document names must be the signer.
    pub(super) fn verify<T: Authored>(&self, path: &str, raw: Vec<u8>) -> Result<Verified<T>> {
        self.verify_among(None, path, raw)
    }

    fn verify_among<T: Authored>(
        &self,
        signatures: Option<&Signatures>,
        path: &str,
        raw: Vec<u8>,
    ) -> Result<Verified<T>> {
        let format = |error| Error::Format { path: path.to_owned(), error };
        let is_windows = raw.contains(&b'\r');
        let as_read = is_windows.then(|| sha256(&raw));
        let raw = trailer::normalise(raw).map_err(format)?;
        let signed = trailer::split(&raw).map_err(format)?;
        let signer = self.known_signer(path, &signed.member)?;
        let check = || check_signature(&self.id, path, &signed, &signer.sign);
        let hash = match signatures {
            Some(known) => {
                let hash = sha256(&raw);
                known.check((path, &signer.sign, &hash), probe::may_have_sealed(signed.body), check)?;
                Some(hash)
            }
            None => check().map(|()| None)?,
        };
        let document = T::parse(path, signed.body, &self.id).map_err(format)?;
        check_author(path, document.author(), &signed)?;
        let hash = hash.unwrap_or_else(|| sha256(&raw));
        Ok(Verified { document, hash, as_read: as_read.unwrap_or(hash) })
    }

    fn known_signer(&self, path: &str, name: &MemberName) -> Result<&Member> {
        self.trust.member(name).ok_or_else(|| {
            let former = self.trust.former.iter().any(|former| former.name == *name);
            let reason =
                if former { Tampering::Former(name.to_string()) } else { Tampering::Stranger(name.to_string()) };
            Error::Tampered { path: path.to_owned(), reason }
        })
    }

    /// Compares a document with the trust chain and the limits of the format.
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

/// A checkpoint covers the whole vault, so its signer must be allowed to write all of it.
pub(super) fn may_sign_checkpoint(member: &Member) -> bool {
    member.role == Role::Admin || member.write.contains(&Scope::All)
}

impl Authored for Checkpoint {
    fn parse(_: &str, body: &[u8], vault: &VaultId) -> Parsed<Self> {
        parse_checkpoint(body, vault)
    }

    fn author(&self) -> &MemberName {
        &self.by
    }
}
