//! What one open vault knows about signatures that were verified before, and what it has verified itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::credentials::Credentials;
use super::error::{Error, Result};
use crate::crypto::memory_key::{MemoryKey, verified_signature};
use crate::machine::StateError;
use crate::machine::signatures::{Entry, SignatureFile};
use crate::model::id::VaultId;

/// The rules by which signatures are verified: a program with other rules remembers nothing of these.
pub(super) const VERIFIER: &[u8] = b"signatures/1";
/// Verifying this many again costs less than remembering them.
pub(super) const FEW: usize = 4;

/// Signatures that were verified, until they are remembered.
#[derive(Default)]
pub(super) struct Recall {
    is_wanted: AtomicBool,
    /// Why there is no identity, if it was searched for before it was needed: whoever needs it is told, instead of another search.
    not_found: Mutex<Option<Error>>,
    verified: Mutex<Vec<(SignatureFile, Verified)>>,
}

/// The signatures of the documents in one directory.
pub(super) struct Signatures {
    file: SignatureFile,
    /// Sorted.
    known: Vec<Entry>,
    verified: Mutex<Verified>,
}

/// The signatures that are valid.
#[derive(Default)]
struct Verified {
    entries: Vec<Entry>,
    /// How many of them were not known before.
    new: usize,
    /// Whether any is of a document with a sealed value.
    is_sealed: bool,
}

impl Recall {
    /// From now on signatures that were verified before may be skipped.
    pub(super) fn allow(&self) {
        self.is_wanted.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_allowed(&self) -> bool {
        self.is_wanted.load(Ordering::Relaxed)
    }

    /// Keeps the error of a search for the identity that nobody needed yet.
    pub(super) fn keep_error(&self, error: Error) {
        *locked(&self.not_found) = Some(error);
    }

    /// Fails if the identity was searched for in vain.
    pub(super) fn check_found(&self) -> Result<()> {
        locked(&self.not_found).take().map_or(Ok(()), Err)
    }

    /// Keeps valid signatures until [`Recall::remember`].
    pub(super) fn keep(&self, signatures: Option<Signatures>) {
        let kept = signatures.map(|it| (it.file, it.verified.into_inner().unwrap_or_else(PoisonError::into_inner)));
        locked(&self.verified).extend(kept);
    }

    /// Remembers valid signatures of documents whose values are sealed. Without an unlocked identity there is nothing to
    /// authenticate them with.
    pub(super) fn remember(
        &self,
        credentials: Option<&Credentials>,
        vault: &VaultId,
    ) -> std::result::Result<(), StateError> {
        let Some(key) = credentials.and_then(|found| memory_key(found, vault)) else { return Ok(()) };
        locked(&self.verified).drain(..).try_for_each(|(file, verified)| match verified {
            Verified { is_sealed: true, new, entries } if new > FEW => file.replace(entries, &key),
            Verified { is_sealed: true, .. } => Ok(()),
            Verified { .. } => {
                file.remove();
                Ok(())
            }
        })
    }
}

impl Signatures {
    /// Those in a file, as far as the identity authenticates them.
    pub(super) fn of(file: SignatureFile, credentials: Option<&Credentials>, vault: &VaultId) -> Self {
        let key = credentials.and_then(|found| memory_key(found, vault));
        let known = key.map(|key| file.entries(&key)).unwrap_or_default();
        Signatures { file, known, verified: Mutex::default() }
    }

    /// Whether any are known.
    pub(super) fn are_known(&self) -> bool {
        !self.known.is_empty()
    }

    /// Calls `verify`, unless the signature of this file by this key was verified before.
    pub(super) fn check(
        &self,
        (path, signer, hash): (&str, &[u8; 32], &[u8; 32]),
        is_sealed: bool,
        verify: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let entry = verified_signature(path, signer, hash);
        let is_known = self.known.binary_search(&entry).is_ok();
        if !is_known {
            verify()?;
        }
        let mut verified = locked(&self.verified);
        verified.entries.push(entry);
        verified.new += usize::from(!is_known);
        verified.is_sealed |= is_sealed;
        Ok(())
    }
}

fn memory_key(credentials: &Credentials, vault: &VaultId) -> Option<MemoryKey> {
    MemoryKey::of(credentials.identity(), &vault.0, VERIFIER)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
