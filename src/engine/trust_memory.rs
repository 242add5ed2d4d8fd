//! What this machine remembers about the trust chain: how far it was verified at this place, and what was verified of
//! the vault anywhere.

use super::chain;
use super::error::Result;
use super::vault::Vault;
use crate::crypto::framing::sha256;
use crate::format::schema::parse_trust;
use crate::format::trailer;
use crate::machine::{Pin, Pins, State, StateError, TrustRecord};
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

    /// Treats the end of the followed chain as the one that this machine has verified.
    pub(crate) fn accept_trust(&self) -> Result<()> {
        if self.files.is_rehearsal() {
            return Ok(());
        }
        self.ledger.note_state(self.record_trust(&self.state));
        Ok(Pins::advance(&self.state, self.pin())?)
    }

    pub(super) fn pin(&self) -> Pin {
        self.trust().pin()
    }

    /// Remembers the chain up to its current end, for the vault and for a place, whose pin moves. A dry run remembers
    /// nothing.
    pub(super) fn remember_trust(&self, place: Option<&State>) -> std::result::Result<(), StateError> {
        if self.files.is_rehearsal() {
            return Ok(());
        }
        let recorded = self.record_trust(&self.state);
        place.map_or(Ok(()), |place| Pins::advance(place, self.pin())).and(recorded)
    }

    /// Adds the chain up to its current end to the record of the vault that `state` belongs to.
    pub(super) fn record_trust(&self, state: &State) -> std::result::Result<(), StateError> {
        let trust = self.trust();
        let floors = trust.keys.iter().map(|rule| (rule.id, rule.floor));
        let missing = chain::unrecorded(&*self.files, &self.id, (*trust).clone(), &TrustRecord::load(state));
        TrustRecord::add(state, &missing, floors)
    }
}
