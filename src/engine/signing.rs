//! Signing: who may sign a document, under which revision, and checking that it parses back to the same document.

use super::authority::REV_LIMIT;
use super::chain;
use super::credentials::Signer;
use super::document::{Document, Parsed};
use super::error::{Error, Result};
use super::vault::Vault;
use crate::crypto::framing::document_message;
use crate::format::trailer;
use crate::model::head::Head;
use crate::model::id::VaultId;
use crate::model::time::Timestamp;
use crate::model::trust::{Kind, Member};

impl Vault<'_> {
    /// Refuses early what this member may not sign.
    pub(super) fn require_writer(&self, kind: Kind, name: &str) -> Result<()> {
        let member = self.whoami()?;
        if member.may_write(kind, name) {
            return Ok(());
        }
        Err(self.not_a_writer(member, name, |member| member.may_write(kind, name)))
    }

    /// The refusal of somebody who may not sign something, with those who may.
    pub(super) fn not_a_writer(&self, refused: Member, name: &str, may: impl Fn(&Member) -> bool) -> Error {
        let trust = self.trust();
        let writers = trust.members.iter().filter(|member| may(member)).map(|member| member.name.clone()).collect();
        Error::NotAWriter { member: refused.name, name: name.to_owned(), writers }
    }

    /// The head of the next revision at a path: above the current one and everything that this machine has seen there.
    pub(super) fn next_head(&self, before: Option<&Head>, path: &str, now: Timestamp) -> Result<Head> {
        let seen = self.seen_at(path)?.map_or(0, |mark| mark.rev);
        let rev = before.map_or(0, |head| head.rev).max(seen) + 1;
        if rev > REV_LIMIT {
            return Err(Error::RevisionLimit(path.to_owned()));
        }
        Ok(Head::new(rev, self.trust().rev, now, self.signer()?.name))
    }

    /// A document as a whole file, signed. It must parse back to the same document.
    pub(super) fn signed<D: Document>(&self, path: &str, document: &D) -> Result<Vec<u8>> {
        document.check_floor(&self.trust())?;
        let body = document.emit(&self.id);
        check_read_back(path, D::parse(path, body.as_bytes(), &self.id), document)?;
        self.signed_body(path, &body)
    }

    pub(super) fn signed_body(&self, path: &str, body: &str) -> Result<Vec<u8>> {
        let signer = self.signer()?;
        let bytes = sign(&self.id, path, body, &signer);
        debug_assert!(trailer::split(&bytes).is_ok_and(|signed| {
            chain::check_signature(&self.id, path, &signed, &signer.key.public().bytes()).is_ok()
        }));
        Ok(bytes)
    }
}

/// A body with its signature for one place in one vault.
pub(super) fn sign(vault: &VaultId, path: &str, body: &str, signer: &Signer<'_>) -> Vec<u8> {
    let signature = signer.key.sign(&document_message(&vault.0, path, body.as_bytes()));
    trailer::join(body, &signer.name, &signer.key.public().fingerprint(), &signature)
}

pub(super) fn check_read_back<T: PartialEq>(path: &str, read: Parsed<T>, meant: &T) -> Result<()> {
    let read = read.map_err(|error| Error::Format { path: path.to_owned(), error })?;
    if read == *meant { Ok(()) } else { Err(Error::ReadBack(path.to_owned())) }
}
