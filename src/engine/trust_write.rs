//! The next snapshot of the trust chain, signed by an admin of the last one.

use super::chain::Link;
use super::error::{Error, Result};
use super::events::Passed;
use super::signing::check_read_back;
use super::vault::Vault;
use super::writing::Writing;
use crate::crypto::framing::sha256;
use crate::format::path::trust_path;
use crate::format::schema::{emit_trust, parse_trust};
use crate::machine::Branch;
use crate::model::settings::Settings;
use crate::model::time::Timestamp;
use crate::model::trust::{Kind, Trust};
use crate::store::Expect;

impl Vault<'_> {
    /// Signs other settings of the vault.
    pub(crate) fn change_settings(&self, settings: Settings, now: Timestamp) -> Result<()> {
        let mut writing = self.administering_without_wraps(now)?;
        let next = Trust { settings, ..self.trust().trust.clone() };
        writing.append_snapshot(next)
    }

    /// Refuses to open a value without a reason where the settings of the vault ask for one. A command that hands nothing out
    /// needs none.
    pub(super) fn require_reason(&self, kind: Kind, name: &str) -> Result<()> {
        let (trust, purpose) = (self.trust(), self.ledger.purpose());
        let is_asked = trust.settings.reasons.iter().any(|scope| scope.covers(kind, name).is_some());
        if is_asked && !purpose.is_sweep && purpose.reason.trim().is_empty() {
            return Err(Error::NoReason { name: name.to_owned() });
        }
        Ok(())
    }
}

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
        let here = (*self.state.branch() != Branch::Detached).then_some(&self.state);
        self.ledger.note_state(self.remember_trust(here));
        self.raise(vec![Passed::of_team(Some(&before.trust), &self.trust().trust)], self.now());
        Ok(())
    }

    /// Advances this vault to the next, signed snapshot. Returns its path and its bytes, which are not written yet.
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
