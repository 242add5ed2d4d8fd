//! The same vault once more: for one request among many, and as it is now.

use std::sync::{Arc, Mutex, RwLock};

use super::Vault;
use crate::engine::access::Purpose;
use crate::engine::chain;
use crate::engine::error::Result;
use crate::engine::ledger::Ledger;
use crate::engine::recall::Recall;
use crate::engine::trust_standing;
use crate::machine::Pins;

impl<'a> Vault<'a> {
    /// The same vault for one request among many, with a purpose and notices of its own: files, keys and the identity are shared.
    pub(crate) fn for_request(&self, purpose: Purpose) -> Vault<'a> {
        Vault {
            files: Arc::clone(&self.files),
            id: self.id,
            trust: RwLock::new(self.trust()),
            judgement: RwLock::new(self.judgement()),
            // Read again: another program may have raised them.
            marks: self.state.marks(),
            anywhere: self.state.marks_anywhere(),
            strictness: Arc::clone(&self.strictness),
            state: self.state.clone(),
            keys: Arc::clone(&self.keys),
            known_shares: Mutex::default(),
            ledger: Arc::new(Ledger::new(purpose)),
            user: Arc::clone(&self.user),
            past: Mutex::default(),
            recall: Recall::default(),
        }
    }

    /// The same vault as it is now: the trust chain is followed to its new end, and keys are opened again when they are needed.
    pub(crate) fn refreshed(&self) -> Result<Vault<'a>> {
        let mut fresh = self.for_request(self.ledger.purpose().clone());
        fresh.keys = Arc::default();
        fresh.refresh()?;
        Ok(fresh)
    }

    /// This vault with the identity that another opening of the same vault has found already.
    #[must_use]
    pub(crate) fn with_identity_of(mut self, other: &Vault<'a>) -> Self {
        if self.id == other.id {
            self.user = Arc::clone(&other.user);
        }
        self
    }

    /// Refreshes this vault: the trust chain is followed to its new end, and keys are opened again when they are
    /// needed. The identity stays. If that fails, nothing changes.
    pub(crate) fn refresh(&mut self) -> Result<()> {
        let state = self.state.on_branch_of_now();
        let pins = Pins::load(&state)?;
        let followed = chain::follow(&*self.files, &self.id, &state, &pins)?;
        let judgement = trust_standing::judge(&*self.files, &self.id, &state, &pins, &followed.end)?;
        trust_standing::admit(&state, &pins, &followed, &judgement)?;
        self.marks = state.marks();
        self.anywhere = state.marks_anywhere();
        self.state = state;
        self.set_trust(followed.end);
        self.set_judgement(judgement);
        self.keys.clear();
        self.forget_shares();
        self.forget_snapshots();
        self.remember(&pins, Some(self.id));
        Ok(())
    }
}
