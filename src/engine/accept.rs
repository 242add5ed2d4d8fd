//! Accepting a reported rollback, fork or missing document.

use super::api_credentials::not_signed_again;
use super::authority::{Verified, mark};
use super::document::{AnyDocument, Document};
use super::document_name::DocumentName;
use super::error::{Error, Result};
use super::vault::Vault;
use crate::crypto::framing::sha256;
use crate::format::path::decode_key;
use crate::format::trailer;
use crate::machine::Mark;
use crate::model::revision::Revision;
use crate::model::time::Timestamp;

/// How a document differs from what this machine has seen, or from what the checkpoint lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The document, relative to the vault.
    pub path: String,
    /// The highest revision seen.
    pub seen: u64,
    /// The current state; `None` if the document is missing.
    pub here: Option<AnyDocument>,
    hash: [u8; 32],
}

impl Difference {
    /// Whether these are the bytes that this machine has seen.
    pub(crate) fn was_seen(&self, raw: &[u8]) -> bool {
        trailer::normalise(raw.to_vec()).is_ok_and(|raw| sha256(&raw) == self.hash)
    }
}

/// A revision, and the hash of its bytes.
type Known = (u64, [u8; 32]);

impl Vault<'_> {
    /// How a document differs from its known state; `None` if it does not. It is an error if the document neither
    /// exists nor was seen, or if the current member could not accept it: it must belong to this path, and both its
    /// signer and this member must be allowed to write it.
    pub(crate) fn difference(&self, what: DocumentName<'_>) -> Result<Option<Difference>> {
        let path = self.place_of(what)?;
        let seen = self.seen_at(&path)?.map(|mark| (mark.rev, mark.hash));
        let Some(Verified { document, hash, .. }) = self.present(&path)? else {
            let (seen, hash) = seen.ok_or_else(|| self.absent(what))?;
            return Ok(Some(Difference { path, seen, here: None, hash }));
        };
        let rev = document.head().rev;
        let differs = |known: &Known| known.0 > rev || (known.0 == rev && known.1 != hash);
        let mark = mark(path.clone(), Revision { id: document.id(), rev, hash });
        let anywhere = self.newer_anywhere(&mark)?.map(|mark| (mark.rev, mark.hash));
        let known = seen.into_iter().chain(anywhere).chain(self.listed(document.id()));
        let known = known.filter(differs).max_by_key(|known| known.0);
        let Some((seen, hash)) = known else { return Ok(None) };
        self.require_acceptable(&document)?;
        Ok(Some(Difference { path, seen, here: Some(document), hash }))
    }

    /// What the checkpoint lists for a document. An invalid checkpoint lists nothing.
    fn listed(&self, id: [u8; 16]) -> Option<Known> {
        let checkpoint = self.load_checkpoint().ok().flatten()?;
        checkpoint.documents.iter().find(|it| it.id == id).map(|it| (it.rev, it.hash))
    }

    /// The current document: signature, path, signer and limits are checked, but not what this machine has seen.
    fn present(&self, path: &str) -> Result<Option<Verified<AnyDocument>>> {
        let raw = self.files.read(path, AnyDocument::cap(path))?;
        raw.map(|raw| self.authority().document(path, raw)).transpose()
    }

    /// Accepts exactly what was reviewed: re-signs it with a revision above everything seen, so that every other
    /// machine accepts it. A missing document is forgotten. If a revision at the limit was seen, nothing can be signed
    /// above it, and only this machine accepts the current document.
    pub(crate) fn accept(&self, looked_at: &Difference, now: Timestamp) -> Result<()> {
        let path = &looked_at.path;
        let begin = |_: &AnyDocument| {
            self.keys.clear();
            self.writing(now)
        };
        let writing = looked_at.here.as_ref().map(begin).transpose()?;
        let here = self.present(path)?;
        if here.as_ref().map(|here| &here.document) != looked_at.here.as_ref() {
            return Err(Error::Changed(path.clone()));
        }
        let (Some(mut writing), Some(here)) = (writing, here) else {
            return self.set_mark(path, None);
        };
        self.require_acceptable(&here.document)?;
        let (mark, mut document) = (here.mark(path), here.document);
        document.head_mut().rev = mark.rev.max(looked_at.seen);
        match writing.put_above(document) {
            Err(Error::RevisionLimit(_)) => self.set_mark(path, Some(mark)),
            put => put.and_then(|_| writing.publish()),
        }
    }

    /// Remembers that exactly this was seen at a path here, or nothing. What was seen anywhere stays.
    fn set_mark(&self, path: &str, mark: Option<Mark>) -> Result<()> {
        if self.files.is_rehearsal() {
            return Ok(());
        }
        if let Some(mark) = &mark {
            self.exceptions().add(std::slice::from_ref(mark))?;
        }
        match (&self.marks, mark) {
            (Some(marks), Some(mark)) => Ok(marks.set(&[mark])?),
            (Some(marks), None) => Ok(marks.forget(&marks.at(path)?)?),
            (None, _) => Ok(()),
        }
    }

    /// Refuses early what this member may not sign, and a key document from before a reader was revoked.
    fn require_acceptable(&self, document: &AnyDocument) -> Result<()> {
        document.check_floor(&self.trust())?;
        match document {
            AnyDocument::Credential(it) => Err(not_signed_again(&it.name)),
            AnyDocument::Key(key) => self.require_author(document).and_then(|()| self.require_every_wrap(key)),
            _ => self.require_author(document),
        }
    }

    /// The newest document that this machine has seen at a path; for a key, with the id in the trust chain.
    pub(super) fn seen_at(&self, path: &str) -> Result<Option<Mark>> {
        let Some(marks) = &self.marks else { return Ok(None) };
        let mut seen = marks.at(path)?;
        if let Some(name) = decode_key(path) {
            let id = self.trust().key(&name).map(|rule| rule.id.0);
            seen.retain(|mark| Some(mark.id) == id);
        }
        Ok(seen.pop())
    }
}
