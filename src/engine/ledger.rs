//! What an open vault has noticed and done, until the command that opened it is finished.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::discriminant;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::access::Purpose;
use crate::machine::{Mark, StateError};
use crate::model::id::VaultId;
use crate::model::name::SecretName;

/// Something that the user should know but that is not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The machine could not remember what it saw.
    StateNotWritten(String),
    /// The vault was accepted on first use, as it was.
    Accepted {
        /// The vault.
        vault: VaultId,
        /// The last snapshot of its trust chain.
        snapshot: u64,
        /// Whether the user or the environment named a snapshot of it.
        is_anchored: bool,
        /// Whether this machine knew the vault in this directory, and its memory is gone.
        is_forgotten: bool,
    },
    /// Members and keys are older than what this machine has verified elsewhere.
    TrustBehind {
        /// The number of the newest snapshot that was verified.
        seen: u64,
        /// The number of the last snapshot here.
        found: u64,
    },
    /// What this machine has verified of the vault's trust in other places is gone.
    TrustRecordLost,
    /// The trust chain has advanced since this machine last saw it.
    TrustMoved {
        /// The snapshot seen before.
        from: u64,
        /// The snapshot seen now.
        to: u64,
        /// Who made the last one.
        by: String,
    },
    /// Documents are older than this machine has seen elsewhere.
    Older {
        /// The name of one of them, in backticks.
        name: String,
        /// The number of others.
        others: usize,
        /// By how many revisions, at most.
        by: u64,
    },
    /// Documents that were seen here are missing, without tombstones.
    Missing {
        /// The name of one of them, in backticks.
        name: String,
        /// The number of others.
        others: usize,
    },
    /// What this machine has seen in this place is gone.
    MarksLost,
    /// What was opened or changed could not be recorded in the log of this machine.
    NotLogged(String),
    /// A value was changed, and a share of it was not.
    ShareBehind {
        /// What is shared.
        name: String,
        /// With whom.
        to: String,
        /// Why it was not renewed.
        why: String,
    },
    /// A share has ended because a member left, or may not read it any more.
    ShareEnded {
        /// What was shared.
        name: String,
        /// With whom.
        to: String,
    },
    /// A change raised no event, because the journal of this machine could not be written.
    NotRaised(String),
}

/// What was read and written, for this machine's memory, for the user, and for git.
pub(super) struct Ledger {
    purpose: Purpose,
    pages: Mutex<Pages>,
}

/// The notices of a vault, for the case that the command which has it open fails.
pub(crate) struct Unsaid(Arc<Ledger>);

impl Unsaid {
    /// Those that nobody has taken.
    pub(crate) fn take(&self) -> Vec<Notice> {
        self.0.take_notices()
    }
}

#[derive(Default)]
struct Pages {
    seen: Vec<Mark>,
    notices: Vec<Notice>,
    /// By how many revisions documents are older, by name.
    older: BTreeMap<String, u64>,
    missing: BTreeSet<String>,
    /// The paths of older documents that were accepted here.
    accepted: BTreeSet<String>,
    written: Vec<String>,
    has_raised: bool,
    /// The secrets with copies that were written.
    replicated: BTreeSet<SecretName>,
}

impl Ledger {
    pub(super) fn new(purpose: Purpose) -> Self {
        Ledger { purpose, pages: Mutex::default() }
    }

    /// The notices, beyond the life of the vault.
    pub(super) fn unsaid(self: &Arc<Self>) -> Unsaid {
        Unsaid(Arc::clone(self))
    }

    /// Whether anybody observes.
    pub(super) fn is_observed(&self) -> bool {
        self.purpose.observer.is_some()
    }

    /// Why the vault was opened.
    pub(super) fn purpose(&self) -> &Purpose {
        &self.purpose
    }

    /// A share was not renewed after a change of what it covers.
    pub(super) fn note_share_behind(&self, name: &str, to: String, why: String) {
        self.notice_once(Notice::ShareBehind { name: name.to_owned(), to, why });
    }

    /// A document was verified completely.
    pub(super) fn record_mark(&self, mark: Mark) {
        self.pages().seen.push(mark);
    }

    /// A file was published.
    pub(super) fn record_write(&self, path: String) {
        self.pages().written.push(path);
    }

    /// Whether files were published that nobody has taken.
    pub(super) fn has_written(&self) -> bool {
        !self.pages().written.is_empty()
    }

    /// A secret with copies was published.
    pub(super) fn record_replicated(&self, name: Option<SecretName>) {
        if let Some(name) = name {
            self.pages().replicated.insert(name);
        }
    }

    pub(super) fn take_replicated(&self) -> BTreeSet<SecretName> {
        std::mem::take(&mut self.pages().replicated)
    }

    /// Events were raised.
    pub(super) fn record_raised(&self) {
        self.pages().has_raised = true;
    }

    pub(super) fn take_raised(&self) -> bool {
        std::mem::take(&mut self.pages().has_raised)
    }

    /// Adds a notice for the user.
    pub(super) fn notice(&self, notice: Notice) {
        self.pages().notices.push(notice);
    }

    /// The same, if it is not there yet.
    pub(super) fn notice_once(&self, notice: Notice) {
        let mut pages = self.pages();
        if !pages.notices.contains(&notice) {
            pages.notices.push(notice);
        }
    }

    /// The same, if there is none of its kind yet.
    pub(super) fn notice_first(&self, notice: Notice) {
        let mut pages = self.pages();
        if !pages.notices.iter().any(|known| discriminant(known) == discriminant(&notice)) {
            pages.notices.push(notice);
        }
    }

    /// A document is older than this machine has seen elsewhere.
    pub(super) fn note_older(&self, name: String, by: u64) {
        self.pages().older.insert(name, by);
    }

    /// A document that was seen here is missing.
    pub(super) fn note_missing(&self, name: String) {
        self.pages().missing.insert(name);
    }

    /// A document is older, and was accepted here.
    pub(super) fn record_accepted(&self, path: String) {
        self.pages().accepted.insert(path);
    }

    /// Whether the document that was read at this path was accepted here.
    pub(super) fn was_accepted(&self, path: &str) -> bool {
        self.pages().accepted.contains(path)
    }

    /// A machine that cannot remember says so once, and continues.
    pub(super) fn note_state(&self, outcome: Result<(), StateError>) {
        if let Err(error) = outcome {
            self.notice_first(Notice::StateNotWritten(error.to_string()));
        }
    }

    pub(super) fn take_seen(&self) -> Vec<Mark> {
        std::mem::take(&mut self.pages().seen)
    }

    pub(super) fn take_notices(&self) -> Vec<Notice> {
        let mut pages = self.pages();
        let (older, missing) = (std::mem::take(&mut pages.older), std::mem::take(&mut pages.missing));
        let mut notices = std::mem::take(&mut pages.notices);
        let by = older.values().copied().max().unwrap_or_default();
        let older = first(older.into_keys()).map(|(name, others)| Notice::Older { name, others, by });
        let missing = first(missing.into_iter()).map(|(name, others)| Notice::Missing { name, others });
        notices.extend(older.into_iter().chain(missing));
        notices
    }

    /// What was published, each path once, sorted.
    pub(super) fn take_written(&self) -> Vec<String> {
        let mut written = std::mem::take(&mut self.pages().written);
        written.sort();
        written.dedup();
        written
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        // Each entry is one push: no panic can leave half of one.
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One name, and the number of others.
fn first(mut names: impl ExactSizeIterator<Item = String>) -> Option<(String, usize)> {
    names.next().map(|name| (name, names.len()))
}
