//! Writing one document: under the lock, from what lies there now, checked before and after (FORMAT.md, writing).

use std::time::Duration;

use super::authority::REV_LIMIT;
use super::chain;
use super::document::{Document, Parsed};
use super::error::{Error, Result};
use super::vault::Vault;
use crate::crypto::framing::{document_message, sha256};
use crate::format::path::{gone_path, trust_path};
use crate::format::{caps, trailer};
use crate::machine::Mark;
use crate::model::head::Head;
use crate::model::time::Timestamp;
use crate::model::trust::Kind;
use crate::store::{Lock, Problem, Root};

/// How long a writer waits for another one.
const LOCK_WAIT: Duration = Duration::from_secs(30);

/// Takes the lock of a vault's directory, waiting for another writer.
pub(super) fn lock(root: &Root) -> Result<Lock> {
    root.lock(LOCK_WAIT).map_err(|error| match error.problem {
        Problem::Busy => Error::Busy,
        Problem::Moved => Error::Moved,
        _ => error.into(),
    })
}

/// Whether a name is in use, before and after a write; a tombstone is not.
#[derive(Clone, Copy)]
struct Lives {
    before: bool,
    now: bool,
}

impl Vault<'_> {
    /// Takes the vault's lock, and makes sure that the trust chain is still the one that was verified.
    pub(super) fn lock(&self) -> Result<Lock> {
        let lock = self.lock_files()?;
        if self.root.exists(&trust_path(self.trust.rev + 1))? {
            return Err(Error::TrustMoved);
        }
        Ok(lock)
    }

    /// The lock alone.
    pub(super) fn lock_files(&self) -> Result<Lock> {
        lock(&self.root)
    }

    /// Refuses early what the signature of this member could not carry.
    pub(super) fn require_writer(&self, kind: Kind, name: &str) -> Result<()> {
        let member = self.whoami()?;
        if member.may_write(kind, name) {
            return Ok(());
        }
        Err(Error::NotAWriter { member: member.name.clone(), name: name.to_owned() })
    }

    /// The head of the next revision at a path: above what is there and everything that this machine has seen there.
    pub(super) fn next_head(&self, before: Option<&Head>, path: &str, now: Timestamp) -> Result<Head> {
        let seen = self.seen_at(path)?.map_or(0, |mark| mark.rev);
        let rev = before.map_or(0, |head| head.rev).max(seen) + 1;
        if rev > REV_LIMIT {
            return Err(Error::RevisionLimit(path.to_owned()));
        }
        Ok(Head { rev, trust: self.trust.rev, modified: now, by: self.signer()?.name })
    }

    /// Signs and replaces a document, and keeps the hint for listings beside it. The lock is held by the caller.
    pub(super) fn save<D: Document>(&self, before: Option<&D>, document: &D) -> Result<()> {
        let path = document.path()?;
        let body = self.emitted(&path, document)?;
        let lives = Lives { before: before.is_none_or(|before| !before.is_deleted()), now: !document.is_deleted() };
        let mark = Mark { id: document.id(), rev: document.head().rev, hash: [0; 32], path };
        self.publish(&body, mark, lives)
    }

    /// The canonical text of a document to be signed, which must read back as what is meant.
    pub(super) fn emitted<D: Document>(&self, path: &str, document: &D) -> Result<String> {
        document.check_floor(&self.trust)?;
        let body = document.emit(&self.id);
        let read = D::parse(path, body.as_bytes(), &self.id);
        Self::check_read_back(path, read, document)?;
        Ok(body)
    }

    pub(super) fn check_read_back<T: PartialEq>(path: &str, read: Parsed<T>, meant: &T) -> Result<()> {
        let read = read.map_err(|error| Error::Format { path: path.to_owned(), error })?;
        if read == *meant { Ok(()) } else { Err(Error::ReadBack(path.to_owned())) }
    }

    fn publish(&self, body: &str, mark: Mark, lives: Lives) -> Result<()> {
        let path = mark.path.clone();
        let bytes = self.sign(&path, body)?;
        if self.dry_run {
            return Ok(());
        }
        // The hint goes before what is about to become a tombstone: a crash in between leaves a hint too many, which costs a
        // listing one look.
        if !lives.now {
            self.root.replace(&gone_path(&path), b"")?;
        }
        self.root.replace(&path, &bytes)?;
        if self.root.read(&path, caps::DOCUMENT)?.as_deref() != Some(bytes.as_slice()) {
            return Err(Error::ReadBack(path));
        }
        if lives.now && !lives.before {
            // A hint that stays is harmless, so a failure is no error.
            let _ = self.root.remove(&gone_path(&path));
        }
        self.wrote(&path);
        self.saw(Mark { hash: sha256(&bytes), ..mark });
        Ok(())
    }

    pub(super) fn sign(&self, path: &str, body: &str) -> Result<Vec<u8>> {
        let signer = self.signer()?;
        let signature = signer.key.sign(&document_message(&self.id.0, path, body.as_bytes()));
        let bytes = trailer::join(body, &signer.name, &signer.key.public().fingerprint(), &signature);
        debug_assert!(
            trailer::split(&bytes).is_ok_and(|s| chain::check_signature(
                &self.id,
                path,
                &s,
                &signer.key.public().bytes()
            )
            .is_ok())
        );
        Ok(bytes)
    }
}
