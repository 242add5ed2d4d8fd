//! An open vault: its files, its verified trust, and what this machine remembers of it.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::PathBuf;

use super::chain::{self, Snapshots, Source};
use super::credentials::{Credentials, Signer, Unlocker};
use super::error::{Error, Result};
use super::open_key::OpenKey;
use crate::format::{caps, vault_yaml};
use crate::machine::{Branch, Mark, Marks, Pin, Pins, State, StateError};
use crate::model::id::VaultId;
use crate::model::name::KeyName;
use crate::model::trust::{Member, Trust};
use crate::store::Root;

/// How a vault is opened.
pub struct OpenOptions<'a> {
    /// The vault's directory; must exist.
    pub root: PathBuf,
    /// The directory for what this machine remembers of vaults.
    pub state: PathBuf,
    /// The only vault to accept here (`VLT_ID`); accepts it on first use.
    pub expected: Option<VaultId>,
    /// A vault that a person has just accepted by its fingerprint.
    pub accepted: Option<VaultId>,
    /// Which trust chain is followed.
    pub chain: ChainSource,
    /// Go through every step of a change except the writing.
    pub dry_run: bool,
    /// Finds the identity when it is first needed.
    pub unlocker: Unlocker<'a>,
}

/// Which trust chain of a vault is followed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ChainSource {
    /// The one that lies here, from the snapshot that this machine has verified.
    #[default]
    Verified,
    /// The one that lies here, from its genesis, whatever this machine has verified before; nothing of it is remembered.
    Rewritten,
    /// Another branch's, from its genesis; nothing of it is remembered.
    Branch(Snapshots),
}

impl ChainSource {
    fn source<'a>(&'a self, root: &'a Root) -> Source<'a> {
        match self {
            ChainSource::Verified | ChainSource::Rewritten => Source::Directory(root),
            ChainSource::Branch(files) => Source::Branch(files),
        }
    }
}

/// Something a person should know that is no error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The machine could not remember what it saw.
    StateNotWritten(String),
    /// The vault was accepted on first use.
    Accepted(VaultId),
    /// The trust chain moved on since this machine last looked.
    TrustMoved {
        /// The snapshot seen before.
        from: u64,
        /// The snapshot seen now.
        to: u64,
        /// Who made the last one.
        by: String,
    },
}

/// An open vault. Values are read and sealed only when asked for.
pub struct Vault<'a> {
    pub(super) root: Root,
    pub(super) id: VaultId,
    pub(super) trust: Trust,
    pub(super) trust_hash: [u8; 32],
    pub(super) state: State,
    pub(super) marks: Option<Marks>,
    pub(super) dry_run: bool,
    pub(super) keys: RefCell<HashMap<KeyName, OpenKey>>,
    pending: RefCell<Vec<Mark>>,
    notices: RefCell<Vec<Notice>>,
    written: RefCell<Vec<String>>,
    unlocker: Unlocker<'a>,
    credentials: OnceCell<Credentials>,
    pub(super) past: OnceCell<Vec<Trust>>,
}

impl<'a> Vault<'a> {
    /// Opens the vault in a directory: checks which vault it is against what this machine knows, and follows the trust
    /// chain. Reads neither identity nor any document.
    pub fn open(options: OpenOptions<'a>) -> Result<Self> {
        let directory = std::fs::canonicalize(&options.root).unwrap_or_else(|_| options.root.clone());
        let root = Root::open(&directory)?;
        let id = read_id(&root)?;
        if let Some(expected) = options.expected.filter(|expected| *expected != id) {
            return Err(Error::WrongVault { expected, found: id });
        }
        let state = State::new(&options.state, id, &directory);
        let before = State::vault_of_place(&options.state, &directory)?;
        let pins = Pins::load(&state)?;
        if options.accepted != Some(id) && options.expected != Some(id) {
            require_known(&root, id, before, &pins)?;
        }
        let remembers = options.chain == ChainSource::Verified;
        let known = if remembers { &pins } else { &Pins::default() };
        let link = chain::follow(options.chain.source(&root), &id, &state, known)?;
        let pin = link.pin();
        let vault = Vault {
            root,
            id,
            trust: link.trust,
            trust_hash: pin.hash,
            marks: state.marks(),
            state,
            dry_run: options.dry_run,
            keys: RefCell::default(),
            pending: RefCell::default(),
            notices: RefCell::default(),
            written: RefCell::default(),
            unlocker: options.unlocker,
            credentials: OnceCell::new(),
            past: OnceCell::new(),
        };
        if remembers {
            vault.remember(pin, &pins, before);
        }
        Ok(vault)
    }

    /// Looks again at what this vault is now: the trust chain is followed on, and keys are opened anew when they are needed. The
    /// identity stays. If that fails, everything is as it was.
    pub fn refresh(&mut self) -> Result<()> {
        let state = self.state.on_branch_of_now();
        let pins = Pins::load(&state)?;
        let link = chain::follow(Source::Directory(&self.root), &self.id, &state, &pins)?;
        let pin = link.pin();
        self.marks = state.marks();
        self.state = state;
        self.trust = link.trust;
        self.trust_hash = pin.hash;
        self.keys = RefCell::default();
        self.past = OnceCell::new();
        self.remember(pin, &pins, Some(self.id));
        Ok(())
    }

    /// Moves the pin, now that the whole chain was verified. A machine that cannot write its state says so and goes on.
    fn remember(&self, end: Pin, pins: &Pins, before: Option<VaultId>) {
        let here = pins.here(&self.state);
        if !pins.accepted() {
            self.notice(Notice::Accepted(self.id));
        } else if let Some(here) = here.filter(|here| here.rev < end.rev) {
            let by = self.trust.by.to_string();
            self.notice(Notice::TrustMoved { from: here.rev, to: end.rev, by });
        }
        if here != Some(end) && !(*self.state.branch() == Branch::Detached && pins.accepted()) {
            self.note_state(Pins::advance(&self.state, end));
        }
        if before != Some(self.id) {
            self.note_state(self.state.remember_place());
        }
    }

    /// The vault's id.
    pub fn id(&self) -> VaultId {
        self.id
    }

    /// The vault's directory, absolute.
    pub fn path(&self) -> &std::path::Path {
        self.root.path()
    }

    /// What this machine remembers of the vault: for the list of approved hooks and their log.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The verified trust state.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Commits what was verified to this machine's memory, and hands over what a person should know. Call it once, after
    /// everything that was read has been used without error.
    pub fn finish(&self) -> Vec<Notice> {
        let pending = self.pending.take();
        if let Some(marks) = &self.marks {
            self.note_state(marks.raise(&pending));
        }
        self.notices.take()
    }

    /// The documents that were written since this was last asked, relative to the vault, each once.
    pub fn take_written(&self) -> Vec<String> {
        let mut written = self.written.take();
        written.sort();
        written.dedup();
        written
    }

    /// Who is at work, as the trust chain knows them. Unlocks.
    pub fn whoami(&self) -> Result<&Member> {
        self.credentials()?.member(&self.trust).map_err(Error::Unlock)?.ok_or(Error::NotAMember)
    }

    pub(super) fn credentials(&self) -> Result<&Credentials> {
        if let Some(credentials) = self.credentials.get() {
            return Ok(credentials);
        }
        let found = (self.unlocker)(self.id).map_err(Error::Unlock)?;
        Ok(self.credentials.get_or_init(|| found))
    }

    pub(super) fn signer(&self) -> Result<Signer<'_>> {
        let key = self.credentials()?.signing().map_err(Error::Unlock)?.ok_or(Error::NotAMember)?;
        Ok(Signer { name: self.whoami()?.name.clone(), key })
    }

    pub(super) fn saw(&self, mark: Mark) {
        self.pending.borrow_mut().push(mark);
    }

    pub(super) fn wrote(&self, path: &str) {
        self.written.borrow_mut().push(path.to_owned());
    }

    pub(super) fn notice(&self, notice: Notice) {
        self.notices.borrow_mut().push(notice);
    }

    pub(super) fn note_state(&self, outcome: std::result::Result<(), StateError>) {
        if let Err(error) = outcome {
            self.notice(Notice::StateNotWritten(error.to_string()));
        }
    }
}

/// Refuses a vault that this machine has not accepted, or that took the place of another.
fn require_known(root: &Root, id: VaultId, before: Option<VaultId>, pins: &Pins) -> Result<()> {
    match before {
        Some(before) if before != id => Err(Error::Replaced { place: root.path().to_owned(), before, found: id }),
        _ if !pins.accepted() => Err(Error::Unpinned(Box::new(chain::introduce(Source::Directory(root), &id)?))),
        _ => Ok(()),
    }
}

pub(super) fn read_id(root: &Root) -> Result<VaultId> {
    let path = "vault.yaml";
    let raw = root.read(path, caps::SMALL_DOCUMENT)?.ok_or_else(|| Error::NotAVault(root.path().to_owned()))?;
    vault_yaml::read(raw).map_err(|error| Error::Format { path: path.into(), error })
}
