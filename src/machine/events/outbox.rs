//! Deliveries that are due, and those that were given up: a file each, so that a kill at any moment loses none.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::super::private;
use super::super::state::State;
use super::super::state_file::{self, StateError};
use super::journal;
use crate::model::event::Event;
use crate::store::locked::LockedFile;

/// One event for one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Delivery {
    /// The number of the event in the journal.
    pub seq: u64,
    /// The rule.
    pub rule: String,
    /// Which of its targets, from 0.
    pub target: usize,
    /// How many targets ran one below the other until the event happened.
    #[serde(default)]
    pub depth: u32,
    /// How often it was tried.
    #[serde(default)]
    pub tries: u32,
    /// When it was first due.
    pub begun: String,
    /// When it is due.
    pub due: String,
    /// Why the last try failed.
    #[serde(default)]
    pub error: String,
    /// What is delivered.
    pub event: Event,
}

/// The deliveries of a vault on this machine.
#[derive(Debug, Clone)]
pub(crate) struct Outbox {
    directory: PathBuf,
}

/// The deliveries that wait.
const WAITING: &str = "outbox";
/// Those that were given up.
const DEAD: &str = "dead";

impl Outbox {
    /// Those of a vault.
    pub(crate) fn of(state: &State) -> Self {
        Outbox { directory: journal::directory(state) }
    }

    /// The right to deliver; `None` if another process has it.
    pub(crate) fn try_lock(&self) -> Result<Option<LockedFile>, StateError> {
        Ok(private::try_lock_memory(&self.directory, "delivering")?)
    }

    /// The number of the last event for which deliveries were made.
    pub(crate) fn cursor(&self) -> Result<u64, StateError> {
        let bytes = state_file::read(&self.directory.join("cursor"))?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).trim().parse().unwrap_or(0))
    }

    /// Remembers that.
    pub(crate) fn advance(&self, seq: u64) -> Result<(), StateError> {
        state_file::write(&self.directory.join("cursor"), format!("{seq}\n").as_bytes())
    }

    /// The member whose machine this is, as the last command that knew it said.
    pub(crate) fn member(&self) -> Option<String> {
        let bytes = state_file::read(&self.directory.join("member")).ok()??;
        Some(String::from_utf8_lossy(&bytes).trim().to_owned()).filter(|name| !name.is_empty())
    }

    /// Remembers that, unless it is known.
    pub(crate) fn remember_member(&self, name: &str) -> Result<(), StateError> {
        if self.member().as_deref() == Some(name) {
            return Ok(());
        }
        state_file::write(&self.directory.join("member"), format!("{name}\n").as_bytes())
    }

    /// The deliveries that wait, the oldest event first.
    pub(crate) fn waiting(&self) -> Result<Vec<Delivery>, StateError> {
        self.list(WAITING)
    }

    /// Those that were given up.
    pub(crate) fn dead(&self) -> Result<Vec<Delivery>, StateError> {
        self.list(DEAD)
    }

    /// Keeps a delivery until it is done.
    pub(crate) fn put(&self, delivery: &Delivery) -> Result<(), StateError> {
        self.write(WAITING, delivery)
    }

    /// It is done.
    pub(crate) fn done(&self, delivery: &Delivery) -> Result<(), StateError> {
        state_file::remove(&self.file(WAITING, delivery))
    }

    /// It is given up.
    pub(crate) fn bury(&self, delivery: &Delivery) -> Result<(), StateError> {
        self.write(DEAD, delivery)?;
        self.done(delivery)
    }

    /// It is to be tried again.
    pub(crate) fn revive(&self, delivery: &Delivery) -> Result<(), StateError> {
        self.put(delivery)?;
        self.forget(delivery)
    }

    /// It will not be tried again.
    pub(crate) fn forget(&self, delivery: &Delivery) -> Result<(), StateError> {
        state_file::remove(&self.file(DEAD, delivery))
    }

    fn write(&self, kind: &str, delivery: &Delivery) -> Result<(), StateError> {
        state_file::write(&self.file(kind, delivery), &serde_json::to_vec(delivery).unwrap_or_default())
    }

    fn file(&self, kind: &str, delivery: &Delivery) -> PathBuf {
        self.directory.join(kind).join(format!("{:012}-{}-{}", delivery.seq, delivery.rule, delivery.target))
    }

    fn list(&self, kind: &str) -> Result<Vec<Delivery>, StateError> {
        let directory = self.directory.join(kind);
        let mut found: Vec<Delivery> = Vec::new();
        for name in private::names_in(&directory)?.into_iter().filter(|name| !name.starts_with('.')) {
            let bytes = state_file::read(&directory.join(name))?.unwrap_or_default();
            found.extend(serde_json::from_slice::<Delivery>(&bytes).ok());
        }
        found.sort_by(|a, b| (a.seq, &a.rule, a.target).cmp(&(b.seq, &b.rule, b.target)));
        Ok(found)
    }
}
