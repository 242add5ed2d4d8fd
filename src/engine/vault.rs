//! An open vault: its files, its verified trust, and what this machine remembers about it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use super::access::Purpose;
use super::chain::{self, Link};
use super::credentials::{Credentials, Signer, Unlocker};
use super::error::{Error, Result};
use super::key_ring::KeyRing;
use super::ledger::{Ledger, Notice, Unsaid};
use super::recall::Recall;
use super::share_memory::ShareMemory;
use super::trust_standing::{self, Judgement, TrustStanding};
use crate::crypto::identity::Identity;
use crate::format::{caps, vault_yaml};
use crate::machine::{Branch, Marks, Pins, State};
use crate::model::anchor::Anchor;
use crate::model::arn::Account;
use crate::model::freshness::Strictness;
use crate::model::id::VaultId;
use crate::model::name::SecretName;
use crate::model::trust::{Member, Role, Trust};
use crate::store::{Directory, Files, Overlay, Seen};

/// How a vault is opened.
pub struct OpenOptions<'a> {
    /// The vault's directory; must exist.
    pub root: PathBuf,
    /// The directory for what this machine remembers about vaults.
    pub state: PathBuf,
    /// The only vault to accept here (`VLT_ID`), perhaps with a snapshot that it must contain; accepts it on first use.
    pub expected: Option<Anchor>,
    /// A vault that the user has just accepted by its fingerprint.
    pub accepted: Option<VaultId>,
    /// Which trust chain is followed.
    pub chain: ChainSource,
    /// Perform every step of a change except writing.
    pub dry_run: bool,
    /// Finds the identity when it is first needed.
    pub unlocker: Unlocker<'a>,
    /// What it is opened for.
    pub purpose: Purpose,
    /// How strictly documents are refused that are older than this machine has seen elsewhere.
    pub strictness: Strictness<'a>,
}

/// Which trust chain of a vault is followed.
#[derive(Clone, Default)]
pub enum ChainSource {
    /// The current one, from the snapshot that this machine has verified.
    #[default]
    Verified,
    /// The current one, from its genesis, regardless of what this machine has verified before; nothing is remembered.
    Rewritten,
    /// Another branch's, from its genesis; nothing is remembered.
    Branch(Arc<dyn Files>),
}

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
    pub(super) share_memory: ShareMemory,
    pub(super) ledger: Arc<Ledger>,
    identity: Arc<LazyIdentity<'a>>,
    past: Mutex<Option<Arc<[Trust]>>>,
    pub(super) recall: Recall,
}

/// The current user, found on first use.
struct LazyIdentity<'a> {
    unlocker: Unlocker<'a>,
    /// In a box: a vault is moved when its session ends, and a move leaves a copy behind that nobody wipes.
    found: OnceLock<Box<Credentials>>,
}

impl<'a> Vault<'a> {
    /// Opens the vault in a directory: checks which vault it is against what this machine knows, and follows the trust
    /// chain. Reads neither identity nor any document.
    pub fn open(options: OpenOptions<'a>) -> Result<Self> {
        let directory = std::fs::canonicalize(&options.root).unwrap_or_else(|_| options.root.clone());
        Self::open_files(Box::new(Directory::open(&directory)?), options)
    }

    /// Opens the vault in some files; `options.root` is ignored.
    pub(crate) fn open_files(files: Box<dyn Files>, options: OpenOptions<'a>) -> Result<Self> {
        let id = read_id(&*files, &options.root)?;
        let expected = options.expected.map(|anchor| anchor.vault);
        if let Some(expected) = expected.filter(|expected| *expected != id) {
            return Err(Error::WrongVault { expected, found: id });
        }
        let place = files.place();
        let state = State::of(&options.state, id, &place);
        let before = State::vault_of_place(&options.state, &place)?;
        let pins = Pins::load(&state)?;
        if options.accepted != Some(id) && expected != Some(id) {
            require_known(&*files, &state, id, before, &pins)?;
        }
        let is_verified = matches!(options.chain, ChainSource::Verified);
        let followed = match &options.chain {
            ChainSource::Verified => chain::follow(&*files, &id, &state, &pins)?,
            ChainSource::Rewritten => chain::follow_from_genesis(&*files, &id)?,
            ChainSource::Branch(branch) => chain::follow_from_genesis(&**branch, &id)?,
        };
        let of_branch = if let ChainSource::Branch(branch) = &options.chain { Some(&**branch) } else { None };
        let judgement = trust_standing::judge(of_branch.unwrap_or(&*files), &id, &state, &pins, &followed.end)?;
        if is_verified {
            trust_standing::admit(&state, &pins, &followed, &judgement)?;
            trust_standing::check_anchor(&*files, &id, &followed.end, options.expected)?;
        }
        let vault = Vault {
            files: if options.dry_run { Arc::new(Overlay::new(files)) } else { files.into() },
            id,
            trust: RwLock::new(Arc::new(followed.end)),
            judgement: RwLock::new(judgement),
            marks: state.marks(),
            anywhere: state.marks_anywhere(),
            strictness: Arc::new(options.strictness),
            state,
            keys: Arc::default(),
            share_memory: ShareMemory::default(),
            ledger: Arc::new(Ledger::new(options.purpose)),
            identity: Arc::new(LazyIdentity { unlocker: options.unlocker, found: OnceLock::new() }),
            past: Mutex::default(),
            recall: Recall::default(),
        };
        if is_verified {
            let is_anchored = options.expected.is_some_and(|anchor| anchor.snapshot.is_some());
            if !pins.accepted() {
                let (snapshot, is_forgotten) = (vault.trust().rev, before == Some(id));
                vault.ledger.notice(Notice::Accepted { vault: id, snapshot, is_anchored, is_forgotten });
            }
            vault.remember(&pins, before);
        }
        Ok(vault)
    }

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
            share_memory: ShareMemory::default(),
            ledger: Arc::new(Ledger::new(purpose)),
            identity: Arc::clone(&self.identity),
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
            self.identity = Arc::clone(&other.identity);
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
        self.share_memory.clear();
        self.forget_snapshots();
        self.remember(&pins, Some(self.id));
        Ok(())
    }

    /// Remembers the chain, now that all of it was verified. A machine that cannot write its state says so and
    /// continues.
    fn remember(&self, pins: &Pins, before: Option<VaultId>) {
        let (here, end) = (pins.here(&self.state), self.pin());
        if let Some(here) = here.filter(|here| here.rev < end.rev) {
            let by = self.trust().by.to_string();
            self.ledger.notice(Notice::TrustMoved { from: here.rev, to: end.rev, by });
        }
        if let TrustStanding::Behind { seen, found } = self.trust_standing() {
            self.ledger.notice(Notice::TrustBehind { seen, found });
        }
        let recorded = self.record_opened(pins);
        if here != Some(end) && !(*self.state.branch() == Branch::Detached && pins.accepted()) {
            self.ledger.note_state(Pins::advance(&self.state, end).and(recorded));
        }
        if before != Some(self.id) {
            self.ledger.note_state(self.state.remember_place());
        }
    }

    /// The vault's id.
    pub fn id(&self) -> VaultId {
        self.id
    }

    /// The account and region that its ARNs name.
    pub(crate) fn account(&self) -> Account {
        Account::of(self.id, &self.trust().settings)
    }

    /// The vault's directory, absolute.
    pub fn path(&self) -> &std::path::Path {
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
        self.ledger.note_state(self.recall.remember(self.identity.found.get().map(|found| &**found), &self.id));
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

    /// The current user, as known to the trust chain. Unlocks.
    pub(crate) fn whoami(&self) -> Result<Member> {
        self.credentials()?.member(&self.trust()).map_err(Error::Unlock)?.cloned().ok_or(Error::NotAMember)
    }

    /// The current member, if they may change members and keys. Unlocks.
    pub(crate) fn require_admin(&self) -> Result<Member> {
        let member = self.whoami()?;
        match member.role {
            Role::Admin => Ok(member),
            Role::Member => Err(Error::NotAnAdmin(member.name)),
        }
    }

    pub(super) fn credentials(&self) -> Result<&Credentials> {
        if let Some(credentials) = self.identity.found.get() {
            return Ok(credentials);
        }
        self.recall.check_found()?;
        let found = (self.identity.unlocker)(self.id).map_err(Error::Unlock)?;
        Ok(self.identity.found.get_or_init(|| Box::new(found)))
    }

    /// Whether the identity is open already, and signs without asking for anything.
    pub(super) fn signs_silently(&self) -> bool {
        self.identity.found.get().is_some_and(|found| found.signs_silently())
    }

    /// The identity, if it is open, for another vault of this run.
    pub(crate) fn open_identity(&self) -> Option<Arc<Identity>> {
        self.identity.found.get().map(|found| Arc::clone(found.identity()))
    }

    /// The name of the member whose identity is open, if one is, by its recipients: nothing is asked for or derived.
    pub(crate) fn known_member(&self) -> Option<String> {
        let mine = self.identity.found.get()?.identity().recipients();
        let trust = self.trust();
        let member = trust.members.iter().find(|member| member.recipients.iter().any(|it| mine.contains(it)))?;
        Some(member.name.to_string())
    }

    pub(super) fn signer(&self) -> Result<Signer<'_>> {
        let key = self.credentials()?.signing().map_err(Error::Unlock)?.ok_or(Error::NotAMember)?;
        Ok(Signer { name: self.whoami()?.name, key })
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

    pub(super) fn forget_snapshots(&self) {
        self.past.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Refuses a vault that this machine has not accepted, or that replaced another.
fn require_known(files: &dyn Files, state: &State, id: VaultId, before: Option<VaultId>, pins: &Pins) -> Result<()> {
    match before {
        Some(before) if before != id => Err(Error::Replaced { place: state.root().to_owned(), before, found: id }),
        _ if !pins.accepted() => Err(Error::Unpinned(Box::new(chain::introduce(files, &id)?))),
        _ => Ok(()),
    }
}

pub(super) fn read_id(files: &dyn Files, place: &Path) -> Result<VaultId> {
    let path = vault_yaml::PATH;
    let raw = files.bytes(path, caps::SMALL_DOCUMENT)?.ok_or_else(|| Error::NotAVault(place.to_owned()))?;
    vault_yaml::read(raw).map_err(|error| Error::Format { path: path.into(), error })
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
