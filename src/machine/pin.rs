//! Pins: how far the trust chain was verified on this machine, for each directory and branch.

use std::fmt;
use std::path::PathBuf;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::state::State;
use super::state_file::{self, StateError, unhex};

/// A verified snapshot of the trust chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pin {
    /// Its number.
    pub rev: u64,
    /// SHA-256 of its whole file.
    pub hash: [u8; 32],
}

/// The number and the beginning of the hash, for people.
impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}…)", self.rev, HEXLOWER.encode(&self.hash[..8]))
    }
}

/// All pins of one vault. If there are any, the vault's id was accepted on this machine.
#[derive(Debug, Default)]
pub(crate) struct Pins {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    key: String,
    /// The directory, for people who read the file.
    place: String,
    rev: u64,
    hash: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: u32,
    pins: Vec<Entry>,
}

/// Beyond this number, entries of missing directories are dropped.
const ENTRIES_BEFORE_SWEEP: usize = 64;
const DETACHED: &str = "accepted";

impl Pins {
    /// The pins of the vault that `state` belongs to.
    pub(crate) fn load(state: &State) -> Result<Pins, StateError> {
        let path = path(state);
        let Some(bytes) = state_file::read(&path)? else { return Ok(Pins::default()) };
        let file: File = serde_json::from_slice(&bytes).map_err(|_| StateError::Damaged { path: path.clone() })?;
        if file.schema != 1 || file.pins.iter().any(|entry| pin(entry).is_none()) {
            return Err(StateError::Damaged { path });
        }
        Ok(Pins { entries: file.pins })
    }

    /// Whether this machine has accepted the vault's id.
    pub(crate) fn accepted(&self) -> bool {
        !self.entries.is_empty()
    }

    /// The pin of the directory and branch of `state`.
    pub(crate) fn here(&self, state: &State) -> Option<Pin> {
        let key = state.branch_key()?;
        self.entries.iter().find(|entry| entry.key == key).and_then(pin)
    }

    /// The pins of all directories and branches.
    pub(crate) fn all(&self) -> impl Iterator<Item = Pin> {
        self.entries.iter().filter_map(pin)
    }

    /// Moves the pin of this directory and branch, after everything up to it was verified.
    pub(crate) fn advance(state: &State, pin: Pin) -> Result<(), StateError> {
        let _lock = state_file::lock(&state.dir())?;
        let mut pins = Pins::load(state)?;
        let key = state.branch_key().unwrap_or_else(|| DETACHED.into());
        let entry =
            Entry { key, place: state.root().display().to_string(), rev: pin.rev, hash: HEXLOWER.encode(&pin.hash) };
        if pins.entries.contains(&entry) {
            return Ok(());
        }
        pins.entries.retain(|old| old.key != entry.key);
        if pins.entries.len() >= ENTRIES_BEFORE_SWEEP {
            pins.entries.retain(|old| PathBuf::from(&old.place).is_dir());
        }
        pins.entries.push(entry);
        let file = File { schema: 1, pins: pins.entries };
        let text = serde_json::to_vec_pretty(&file).map_err(|_| StateError::Damaged { path: path(state) })?;
        state_file::write(&path(state), &text)
    }
}

fn path(state: &State) -> PathBuf {
    state.dir().join("pin.json")
}

fn pin(entry: &Entry) -> Option<Pin> {
    Some(Pin { rev: entry.rev, hash: unhex(&entry.hash)? })
}
