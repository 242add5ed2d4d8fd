//! The next snapshot of the trust chain, signed by an admin of the last one.

use super::error::{Error, Result};
use super::vault::Vault;
use crate::crypto::framing::sha256;
use crate::format::caps;
use crate::format::path::trust_path;
use crate::format::schema::{emit_trust, parse_trust};
use crate::machine::{Branch, Pin, Pins};
use crate::model::time::Timestamp;
use crate::model::trust::{Member, Role, Trust};
use crate::store::Lock;

impl Vault<'_> {
    /// The member at work, if they may change members and keys. Unlocks.
    pub fn require_admin(&self) -> Result<&Member> {
        let member = self.whoami()?;
        match member.role {
            Role::Admin => Ok(member),
            Role::Member => Err(Error::NotAnAdmin(member.name.clone())),
        }
    }

    /// The lock for a change of members or keys. Key documents that were read before are read again.
    pub(super) fn lock_as_admin(&self) -> Result<Lock> {
        self.require_admin()?;
        let lock = self.lock()?;
        self.keys.borrow_mut().clear();
        Ok(lock)
    }

    /// Signs and writes the next snapshot; one that changes nothing is not written. The lock is held by the caller.
    pub(super) fn succeed(&mut self, next: Trust, now: Timestamp) -> Result<()> {
        if next == self.trust {
            return Ok(());
        }
        let before = (self.trust.clone(), self.trust_hash);
        let written = self.append(next, now).and_then(|(path, bytes)| self.publish_snapshot(path, &bytes));
        if written.is_err() {
            (self.trust, self.trust_hash) = before;
            self.past.take();
        }
        written
    }

    /// The next snapshot, signed, which this vault now stands at. Returns its path and its bytes, which are not written yet.
    pub(super) fn append(&mut self, next: Trust, now: Timestamp) -> Result<(String, Vec<u8>)> {
        let by = self.require_admin()?.name.clone();
        let next = Trust { rev: self.trust.rev + 1, prev: Some(self.trust_hash), created: now, by, ..next };
        let path = trust_path(next.rev);
        let body = emit_trust(&next, &self.id);
        Self::check_read_back(&path, parse_trust(body.as_bytes(), &self.id), &next)?;
        let bytes = self.sign(&path, &body)?;
        if let Some(past) = self.past.get_mut() {
            past.push(next.clone());
        }
        (self.trust, self.trust_hash) = (next, sha256(&bytes));
        Ok((path, bytes))
    }

    fn publish_snapshot(&self, path: String, bytes: &[u8]) -> Result<()> {
        if !self.dry_run {
            self.root.create_new(&path, bytes)?;
            if self.root.read(&path, caps::SMALL_DOCUMENT)?.as_deref() != Some(bytes) {
                return Err(Error::ReadBack(path));
            }
            self.wrote(&path);
            if *self.state.branch() != Branch::Detached {
                self.note_state(Pins::advance(&self.state, self.pin()));
            }
        }
        Ok(())
    }

    /// The number of the snapshot that this machine has verified here.
    pub fn pinned(&self) -> Result<Option<u64>> {
        Ok(Pins::load(&self.state)?.here(&self.state).map(|pin| pin.rev))
    }

    /// Whether the chain that was followed ends where this machine has verified it to.
    pub fn is_pinned(&self) -> Result<bool> {
        Ok(Pins::load(&self.state)?.here(&self.state) == Some(self.pin()))
    }

    /// Takes the end of the chain that was followed for the one that this machine has verified.
    pub fn accept_trust(&self) -> Result<()> {
        if self.dry_run { Ok(()) } else { Ok(Pins::advance(&self.state, self.pin())?) }
    }

    pub(super) fn pin(&self) -> Pin {
        Pin { rev: self.trust.rev, hash: self.trust_hash }
    }
}
