//! Writing one document: under the lock, from what lies there now, checked before and after (FORMAT.md, writing).

use std::time::Duration;

use super::chain;
use super::error::{Error, Result};
use super::read::REV_LIMIT;
use super::vault::Vault;
use crate::crypto::framing::{document_message, sha256};
use crate::model::head::Head;
use crate::model::parameter::Parameter;
use crate::model::time::Timestamp;
use crate::model::trust::Kind;
use crate::store::path::{gone_path, parameter_path, trust_path};
use crate::store::schema::{emit_parameter, parse_parameter};
use crate::store::{Lock, Mark, Problem, caps, trailer};

/// How long a writer waits for another one.
const LOCK_WAIT: Duration = Duration::from_secs(30);

impl Vault<'_> {
    /// Takes the vault's lock, and makes sure that the trust chain is still the one that was verified.
    pub(super) fn lock(&self) -> Result<Lock> {
        let lock = self.root.lock(LOCK_WAIT).map_err(|error| match error.problem {
            Problem::Busy => Error::Busy,
            _ => error.into(),
        })?;
        if self.root.exists(&trust_path(self.trust.rev + 1))? {
            return Err(Error::TrustMoved);
        }
        Ok(lock)
    }

    /// Refuses early what the signature of this member could not carry.
    pub(super) fn require_writer(&self, kind: Kind, name: &str) -> Result<()> {
        let member = self.whoami()?;
        if member.may_write(kind, name) {
            return Ok(());
        }
        Err(Error::NotAWriter { member: member.name.clone(), name: name.to_owned() })
    }

    /// The head of the next revision of a document.
    pub(super) fn next_head(&self, before: Option<&Head>, name: &str, now: Timestamp) -> Result<Head> {
        let rev = before.map_or(0, |head| head.rev) + 1;
        if rev > REV_LIMIT {
            return Err(Error::RevisionLimit(name.to_owned()));
        }
        Ok(Head { rev, trust: self.trust.rev, modified: now, by: self.signer()?.name })
    }

    /// Signs and replaces a parameter's document. The lock is held by the caller.
    pub(super) fn save_parameter(&self, parameter: &Parameter) -> Result<()> {
        let path = parameter_path(&parameter.name)?;
        let body = emit_parameter(parameter, &self.id);
        let format = |error| Error::Format { path: path.clone(), error };
        if parse_parameter(body.as_bytes(), &self.id).map_err(format)? != *parameter {
            return Err(Error::ReadBack(path));
        }
        let bytes = self.sign(&path, &body)?;
        if self.dry_run {
            return Ok(());
        }
        self.root.replace(&path, &bytes)?;
        if self.root.read(&path, caps::DOCUMENT)?.as_deref() != Some(bytes.as_slice()) {
            return Err(Error::ReadBack(path));
        }
        self.saw(Mark { id: parameter.id.0, rev: parameter.head.rev, hash: sha256(&bytes), path });
        Ok(())
    }

    /// Puts the hint for listings beside what is about to become a tombstone. Before the document: a crash in between leaves
    /// a hint too many, which costs a listing one look.
    pub(super) fn announce(&self, parameter: &Parameter) -> Result<()> {
        if parameter.is_deleted() && !self.dry_run {
            self.root.replace(&gone_path(&parameter_path(&parameter.name)?), b"")?;
        }
        Ok(())
    }

    /// Takes the hint away where a name lives again. A hint that stays is harmless, so a failure is no error.
    pub(super) fn revoke(&self, before: Option<&Parameter>, now: &Parameter) -> Result<()> {
        if before.is_some_and(Parameter::is_deleted) && !now.is_deleted() && !self.dry_run {
            let _ = self.root.remove(&gone_path(&parameter_path(&now.name)?));
        }
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
