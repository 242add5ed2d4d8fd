//! The next snapshot of the trust chain, signed by an admin of the last one.

use super::chain::Link;
use super::error::Result;
use super::vault::Vault;
use super::writing::{Writing, check_read_back};
use crate::crypto::framing::sha256;
use crate::format::path::trust_path;
use crate::format::schema::{emit_trust, parse_trust};
use crate::format::trailer;
use crate::machine::{Branch, Pin, Pins};
use crate::model::trust::Trust;
use crate::store::Expect;

impl Writing<'_, '_> {
    /// Signs and writes the next snapshot of the trust chain; one that changes nothing is not written.
    pub(super) fn append_snapshot(&mut self, next: Trust) -> Result<()> {
        let before = self.trust();
        if next == before.trust {
            return Ok(());
        }
        let (path, bytes) = self.advance(next)?;
        self.put_file(&path, bytes, Expect::Absent);
        if let Err(error) = self.publish() {
            self.set_trust(Link::clone(&before));
            self.forget_snapshots();
            return Err(error);
        }
        if !self.files.is_rehearsal() && *self.state.branch() != Branch::Detached {
            self.ledger.note_state(Pins::advance(&self.state, self.pin()));
        }
        Ok(())
    }

    /// The next snapshot, signed, which this vault now stands at. Returns its path and its bytes, which are not written yet.
    pub(super) fn advance(&self, next: Trust) -> Result<(String, Vec<u8>)> {
        let (by, before) = (self.require_admin()?.name, self.trust());
        let next = Trust { rev: before.rev + 1, prev: Some(before.hash), created: self.now(), by, ..next };
        let path = trust_path(next.rev);
        let body = emit_trust(&next, &self.id);
        check_read_back(&path, parse_trust(body.as_bytes(), &self.id), &next)?;
        let bytes = self.signed_body(&path, &body)?;
        self.set_trust(Link { hash: sha256(&bytes), trust: next });
        self.forget_snapshots();
        Ok((path, bytes))
    }
}

impl Vault<'_> {
    /// The number of the snapshot that this machine has verified here.
    pub fn pinned(&self) -> Result<Option<u64>> {
        Ok(Pins::load(&self.state)?.here(&self.state).map(|pin| pin.rev))
    }

    /// Whether the chain that was followed ends where this machine has verified it to.
    pub fn is_pinned(&self) -> Result<bool> {
        Ok(Pins::load(&self.state)?.here(&self.state) == Some(self.pin()))
    }

    /// The snapshot in these bytes, if it is the one that this machine has verified here.
    pub fn pinned_in(&self, raw: &[u8]) -> Option<Trust> {
        let pin = Pins::load(&self.state).ok()?.here(&self.state)?;
        let raw = trailer::normalise(raw.to_vec()).ok().filter(|raw| sha256(raw) == pin.hash)?;
        parse_trust(trailer::split(&raw).ok()?.body, &self.id).ok()
    }

    /// Takes the end of the chain that was followed for the one that this machine has verified.
    pub fn accept_trust(&self) -> Result<()> {
        if self.files.is_rehearsal() { Ok(()) } else { Ok(Pins::advance(&self.state, self.pin())?) }
    }

    pub(super) fn pin(&self) -> Pin {
        self.trust().pin()
    }
}
