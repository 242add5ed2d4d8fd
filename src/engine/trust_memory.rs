//! What this machine remembers about the trust chain: how far it was verified at this place, and what was verified of
//! the vault anywhere.

use super::chain::{self, Link};
use super::error::{Error, Result};
use super::ledger::Notice;
use super::trust_standing::{Judgement, TrustStanding, whole};
use super::vault::Vault;
use crate::crypto::framing::sha256;
use crate::format::schema::parse_trust;
use crate::format::trailer;
use crate::machine::{Pin, Pins, RecordOf, State, StateError, TrustRecord, Verified};
use crate::model::anchor::{Anchor, AnchoredSnapshot};
use crate::model::trust::Trust;

impl Vault<'_> {
    /// The number of the snapshot that this machine has verified here.
    pub(crate) fn pinned(&self) -> Result<Option<u64>> {
        Ok(Pins::load(&self.state)?.here(&self.state).map(|pin| pin.rev))
    }

    /// Whether the chain that was followed ends where this machine has verified it to.
    pub(crate) fn is_pinned(&self) -> Result<bool> {
        Ok(Pins::load(&self.state)?.here(&self.state) == Some(self.pin()))
    }

    /// The snapshot in these bytes, if it is the one that this machine has verified here.
    pub(crate) fn pinned_in(&self, raw: &[u8]) -> Option<Trust> {
        let pin = Pins::load(&self.state).ok()?.here(&self.state)?;
        let raw = trailer::normalise(raw.to_vec()).ok().filter(|raw| sha256(raw) == pin.hash)?;
        parse_trust(trailer::split(&raw).ok()?.body, &self.id).ok()
    }

    /// Treats the end of the followed chain as the one that this machine has verified here. Where it lacks what was verified
    /// elsewhere, that is an exception for this directory.
    pub(crate) fn accept_trust(&self) -> Result<()> {
        if self.files.is_rehearsal() {
            return Ok(());
        }
        self.ledger.note_state(self.record_accepted(&self.state, self.judgement()));
        Ok(Pins::advance(&self.state, self.pin())?)
    }

    pub(super) fn pin(&self) -> Pin {
        self.trust().pin()
    }

    /// The end of the chain, for a machine that knows nothing of the vault.
    pub(crate) fn anchor(&self) -> Anchor {
        let Pin { rev, hash } = self.pin();
        Anchor { vault: self.id, snapshot: Some(AnchoredSnapshot::of(rev, &hash)) }
    }

    /// Refuses a change, a signature or a decision on a chain that lacks what this machine has verified.
    pub(super) fn require_complete_trust(&self) -> Result<()> {
        match self.trust_standing() {
            TrustStanding::Current | TrustStanding::Ahead => Ok(()),
            TrustStanding::Behind { seen, found } => Err(Error::TrustBehind { seen, found }),
            TrustStanding::Fork { seen, found } => Err(Error::OtherTrust { seen, found }),
        }
    }

    /// Remembers the chain up to its current end, for the vault and for a place, whose pin moves. A dry run remembers
    /// nothing.
    pub(super) fn remember_trust(&self, place: Option<&State>) -> std::result::Result<(), StateError> {
        if self.files.is_rehearsal() {
            return Ok(());
        }
        let recorded = self.record(&self.state, self.judgement(), &[]);
        let newest = Some(self.pin());
        self.set_judgement(Judgement { standing: TrustStanding::Current, newest, ..self.judgement() });
        place.map_or(Ok(()), |place| Pins::advance(place, self.pin())).and(recorded)
    }

    /// Remembers the chain after a rebase, and the snapshots that were re-signed. An admin has decided what it says, so it is the newest
    /// one in that record whatever it leaves out.
    pub(super) fn remember_rebased(&self, of: RecordOf, verified: &[Pin]) -> std::result::Result<(), StateError> {
        if self.files.is_rehearsal() {
            return Ok(());
        }
        let newest = TrustRecord::load(&self.state, of).newest().map(|newest| newest.pin);
        let recorded = self.record(&self.state, Judgement { of, newest, ..self.judgement() }, verified);
        let newest = Some(self.pin());
        self.set_judgement(Judgement { standing: TrustStanding::Current, of, newest });
        self.state.after_rebase().map_or(Ok(()), |place| Pins::advance(&place, self.pin())).and(recorded)
    }

    /// Records the chain that was opened, if it has something new.
    pub(super) fn record_opened(&self, pins: &Pins) -> std::result::Result<(), StateError> {
        let judgement = self.judgement();
        if !judgement.standing.is_complete() {
            return Ok(());
        }
        let ended = match judgement.of {
            RecordOf::Vault => TrustRecord::end_exception(&self.state),
            RecordOf::Directory => Ok(()),
        };
        if judgement.newest == Some(self.pin()) {
            return ended;
        }
        // A program before this one kept no newest snapshot. What is pinned was verified, too.
        let verified: Vec<Pin> = if judgement.newest.is_none() { pins.all().collect() } else { Vec::new() };
        let is_lost = verified.iter().any(|pin| pin.rev > 1) && TrustRecord::load(&self.state, judgement.of).is_empty();
        if is_lost {
            self.ledger.notice(Notice::TrustRecordLost);
        }
        self.record(&self.state, judgement, &verified).and(ended)
    }

    /// Records the chain as one that a person accepted for the directory of `state`. The record of the vault is never lowered.
    pub(super) fn record_accepted(&self, state: &State, judgement: Judgement) -> std::result::Result<(), StateError> {
        if judgement.standing.is_complete() {
            return self.record(state, judgement, &[]);
        }
        TrustRecord::end_exception(state)?;
        self.record(state, Judgement { of: RecordOf::Directory, newest: None, ..judgement }, &[])
    }

    fn record(&self, state: &State, judgement: Judgement, more: &[Pin]) -> std::result::Result<(), StateError> {
        let (trust, of) = (self.trust(), judgement.of);
        let Ok(Some(newest)) = whole(&*self.files, &trust) else { return Ok(()) };
        let mut snapshots =
            chain::unrecorded(&*self.files, &self.id, Link::clone(&trust), &TrustRecord::load(state, of));
        snapshots.extend(more);
        let floors = trust.keys.iter().map(|rule| (rule.id, rule.floor)).collect();
        TrustRecord::add(state, of, Verified { snapshots, floors, newest, instead_of: judgement.newest })
    }
}
