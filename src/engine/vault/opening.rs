//! Opening a vault: which one it is, whether this machine knows it, and which trust chain is followed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};

use super::Vault;
use super::user::User;
use crate::engine::access::Purpose;
use crate::engine::chain;
use crate::engine::credentials::Unlocker;
use crate::engine::error::{Error, Result};
use crate::engine::ledger::{Ledger, Notice};
use crate::engine::recall::Recall;
use crate::engine::trust_standing::{self, TrustStanding};
use crate::format::{caps, vault_yaml};
use crate::machine::{Branch, Pins, State};
use crate::model::anchor::Anchor;
use crate::model::freshness::Strictness;
use crate::model::id::VaultId;
use crate::store::{Directory, Files, Overlay};

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
        let source = if let ChainSource::Branch(branch) = &options.chain { &**branch } else { &*files };
        let followed = if is_verified {
            chain::follow(source, &id, &state, &pins)?
        } else {
            chain::follow_from_genesis(source, &id)?
        };
        let judgement = trust_standing::judge(source, &id, &state, &pins, &followed.end)?;
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
            known_shares: Mutex::default(),
            ledger: Arc::new(Ledger::new(options.purpose)),
            user: Arc::new(User::new(options.unlocker)),
            past: Mutex::default(),
            recall: Recall::default(),
        };
        if is_verified {
            vault.notice_first_use(&pins, before, options.expected);
            vault.remember(&pins, before);
        }
        Ok(vault)
    }

    fn notice_first_use(&self, pins: &Pins, before: Option<VaultId>, expected: Option<Anchor>) {
        if !pins.accepted() {
            let is_anchored = expected.is_some_and(|anchor| anchor.snapshot.is_some());
            let (vault, snapshot, is_forgotten) = (self.id, self.trust().rev, before == Some(self.id));
            self.ledger.notice(Notice::Accepted { vault, snapshot, is_anchored, is_forgotten });
        }
    }

    /// Remembers the chain, now that all of it was verified. A machine that cannot write its state says so and
    /// continues.
    pub(super) fn remember(&self, pins: &Pins, before: Option<VaultId>) {
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
}

/// Refuses a vault that this machine has not accepted, or that replaced another.
fn require_known(files: &dyn Files, state: &State, id: VaultId, before: Option<VaultId>, pins: &Pins) -> Result<()> {
    match before {
        Some(before) if before != id => Err(Error::Replaced { place: state.root().to_owned(), before, found: id }),
        _ if !pins.accepted() => Err(Error::Unpinned(Box::new(chain::introduce(files, &id)?))),
        _ => Ok(()),
    }
}

pub(in crate::engine) fn read_id(files: &dyn Files, place: &Path) -> Result<VaultId> {
    let path = vault_yaml::PATH;
    let raw = files.read(path, caps::SMALL_DOCUMENT)?.ok_or_else(|| Error::NotAVault(place.to_owned()))?;
    vault_yaml::read(raw).map_err(|error| Error::Format { path: path.into(), error })
}
