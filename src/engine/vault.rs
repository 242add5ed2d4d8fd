//! An open vault: its files, its verified trust, and what this machine remembers about it.

mod opening;
mod user;
mod view;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::access::Purpose;
use super::chain::{self, Link};
use super::error::Result;
use super::key_ring::KeyRing;
use super::ledger::{Ledger, Notice, Unsaid};
use super::recall::Recall;
use super::refused::Checked;
use super::trust_standing::{Judgement, TrustStanding};
use crate::machine::{Marks, State};
use crate::model::arn::Account;
use crate::model::freshness::Strictness;
use crate::model::id::VaultId;
use crate::model::name::SecretName;
use crate::model::share::Share;
use crate::model::trust::Trust;
use crate::store::{Files, Seen};

use self::user::User;

pub(super) use self::opening::read_id;
pub use self::opening::{ChainSource, OpenOptions};

/// An open vault, for reading. A `Writing` changes it. Values are read and sealed only on request. One open vault
/// serves many threads.
pub struct Vault<'a> {
    pub(super) files: Arc<dyn Files>,
    pub(super) id: VaultId,
    trust: RwLock<Arc<Link>>,
    judgement: RwLock<Judgement>,
    pub(super) state: State,
    pub(super) marks: Option<Marks>,
    pub(super) anywhere: Marks,
    pub(super) strictness: Arc<Strictness<'a>>,
    pub(super) keys: Arc<KeyRing>,
    /// The shares, once somebody who reads nothing else has needed them.
    pub(super) known_shares: Mutex<Option<Arc<Checked<Share>>>>,
    pub(super) ledger: Arc<Ledger>,
    user: Arc<User<'a>>,
    past: Mutex<Option<Arc<[Trust]>>>,
    pub(super) recall: Recall,
}

impl Vault<'_> {
    /// The vault's id.
    pub fn id(&self) -> VaultId {
        self.id
    }

    /// The account and region that its ARNs name.
    pub(crate) fn account(&self) -> Account {
        Account::of(self.id, &self.trust().settings)
    }

    /// The vault's directory, absolute.
    pub fn path(&self) -> &Path {
        self.state.root()
    }

    /// What has been seen of the vault's files until now, for [`Vault::have_files_changed`].
    pub(crate) fn files_seen(&self) -> Seen {
        self.files.seen()
    }

    /// What it was opened for.
    pub(crate) fn purpose(&self) -> &Purpose {
        self.ledger.purpose()
    }

    /// Whether any of the vault's files may have changed since.
    pub(crate) fn have_files_changed(&self, seen: &Seen) -> bool {
        self.files.changed_since(seen)
    }

    /// What this machine remembers of the vault: for the list of approved hooks and their log.
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// The verified trust state that is in force.
    pub fn trust(&self) -> Arc<Link> {
        Arc::clone(&self.trust.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn set_trust(&self, link: Link) {
        *self.trust.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(link);
    }

    /// How the chain compares with what this machine has verified of the vault, wherever that was.
    pub fn trust_standing(&self) -> TrustStanding {
        self.judgement().standing
    }

    pub(super) fn judgement(&self) -> Judgement {
        *self.judgement.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_judgement(&self, judgement: Judgement) {
        *self.judgement.write().unwrap_or_else(PoisonError::into_inner) = judgement;
    }

    /// Commits what was verified to this machine's memory, and returns notices for the user. Call it once, after
    /// everything that was read has been used without error.
    pub fn finish(&self) -> Vec<Notice> {
        let seen = self.ledger.take_seen();
        // A dry run may read what it has written itself.
        if !self.files.is_rehearsal() {
            let here = self.marks.as_ref().map_or(Ok(()), |marks| marks.raise(&seen));
            self.ledger.note_state(here.and_then(|()| self.anywhere.raise(&seen)));
        }
        self.sign_log();
        self.ledger.note_state(self.recall.remember(self.user.known(), &self.id));
        self.ledger.take_notices()
    }

    /// The notices that nobody has taken yet, also once the vault is gone.
    pub(crate) fn unsaid(&self) -> Unsaid {
        self.ledger.unsaid()
    }

    /// The documents written since the last call, relative to the vault, each once.
    pub(crate) fn take_written(&self) -> Vec<String> {
        self.ledger.take_written()
    }

    /// Whether documents were written that [`Vault::take_written`] has not returned.
    pub(crate) fn has_written(&self) -> bool {
        self.ledger.has_written()
    }

    /// The secrets with copies that were written since the last call.
    pub(crate) fn take_replicated(&self) -> BTreeSet<SecretName> {
        self.ledger.take_replicated()
    }

    /// Notes secrets with copies that are still to be copied.
    pub(crate) fn note_replicated(&self, names: impl IntoIterator<Item = SecretName>) {
        names.into_iter().for_each(|name| self.ledger.record_replicated(Some(name)));
    }

    /// Whether events were raised since the last call.
    pub(crate) fn take_raised(&self) -> bool {
        self.ledger.take_raised()
    }

    /// Every snapshot from the genesis to the one that is in force, each verified, once.
    pub(crate) fn snapshots(&self) -> Result<Arc<[Trust]>> {
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(past) = &*past {
            return Ok(Arc::clone(past));
        }
        let verified: Arc<[Trust]> = chain::snapshots(&*self.files, &self.id, self.trust().rev)?.into();
        Ok(Arc::clone(past.insert(verified)))
    }

    fn forget_shares(&self) {
        self.known_shares.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    pub(super) fn forget_snapshots(&self) {
        self.past.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

#[cfg(test)]
mod tests {
    use super::Vault;

    #[test]
    fn one_open_vault_serves_many_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Vault<'static>>();
    }
}
