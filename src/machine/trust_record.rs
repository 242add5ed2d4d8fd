//! What this machine has verified of a vault's trust, wherever the vault was: in another directory, on another branch, in a copy.
//!
//! A pin says how far one directory and branch was, and what goes back there is refused. The record belongs to the vault's id: the
//! hash of each snapshot that was verified, the highest floor of each key, and the newest snapshot as a whole, so that a chain that
//! lost a rebase can be compared with the one that won. A chain that neither continues the newest snapshot nor says all that it says
//! is not recorded (`engine/trust_standing.rs`).
//!
//! A directory whose older or other chain a person accepted has a record of its own, in the same form. It is an exception for this
//! directory and never changes the record of the vault.
//!
//! One file, a line each: `newest <number> <base64 of the file>`, `snapshot <number> <sha256>` and `floor <key id> <version>`. One that cannot
//! be read counts as empty, because everything in it can be verified again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use data_encoding::{BASE64, HEXLOWER};

use super::pin::Pin;
use super::state::State;
use super::state_file::{self, StateError, unhex};
use crate::crypto::framing::sha256;
use crate::model::id::KeyId;

/// Which record: a vault has one, and each directory with an exception has another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordOf {
    /// What was verified anywhere.
    Vault,
    /// What a person accepted for this directory.
    Directory,
}

/// The verified snapshots of one vault, the newest of them, and the highest floor of each key that was in one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TrustRecord {
    snapshots: BTreeSet<Pin>,
    floors: BTreeMap<[u8; 16], u64>,
    newest: Option<WholeSnapshot>,
}

/// A snapshot with its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WholeSnapshot {
    /// Number and hash.
    pub pin: Pin,
    /// The whole file, with LF line ends.
    pub bytes: Vec<u8>,
}

/// What was verified, to be added to a record.
#[derive(Debug)]
pub(crate) struct Verified {
    /// Snapshots that the record may lack.
    pub snapshots: Vec<Pin>,
    /// The floors of keys in the last one.
    pub floors: Vec<(KeyId, u64)>,
    /// The last one.
    pub newest: WholeSnapshot,
    /// The newest one in the record that it was compared with.
    pub instead_of: Option<Pin>,
}

/// Snapshots with lower numbers are dropped beyond this many.
const SNAPSHOTS: usize = 1000;

impl TrustRecord {
    /// The record of the vault that `state` belongs to, or the one of its directory.
    pub(crate) fn load(state: &State, of: RecordOf) -> TrustRecord {
        let bytes = state_file::read(&path(state, of)).ok().flatten().unwrap_or_default();
        String::from_utf8(bytes).ok().and_then(|text| parse(&text)).unwrap_or_default()
    }

    /// The same, with `pins`, if it is of a program that kept no newest snapshot.
    #[must_use]
    pub(crate) fn with_pins(mut self, pins: impl Iterator<Item = Pin>) -> TrustRecord {
        if self.newest.is_none() {
            self.snapshots.extend(pins);
        }
        self
    }

    /// Whether nothing was verified.
    pub(crate) fn is_empty(&self) -> bool {
        self.snapshots.is_empty() && self.newest.is_none()
    }

    /// Whether this snapshot was verified.
    pub(crate) fn contains(&self, snapshot: Pin) -> bool {
        self.snapshots.contains(&snapshot)
    }

    /// Whether snapshots of this number may have been dropped from the record.
    pub(crate) fn has_dropped(&self, rev: u64) -> bool {
        self.snapshots.len() >= SNAPSHOTS && self.snapshots.first().is_some_and(|first| rev < first.rev)
    }

    /// Every snapshot that was verified, lowest numbers first.
    pub(crate) fn snapshots(&self) -> impl DoubleEndedIterator<Item = Pin> {
        self.snapshots.iter().copied()
    }

    /// The newest snapshot, as a whole.
    pub(crate) fn newest(&self) -> Option<&WholeSnapshot> {
        self.newest.as_ref()
    }

    /// The snapshots that a chain must contain one of to go on: the newest; those with the highest number, if the record does not say.
    pub(crate) fn ends(&self) -> Vec<Pin> {
        match (&self.newest, self.snapshots.last()) {
            (Some(newest), _) => vec![newest.pin],
            (None, Some(last)) => self.snapshots.iter().rev().take_while(|pin| pin.rev == last.rev).copied().collect(),
            (None, None) => Vec::new(),
        }
    }

    /// Adds what was verified. Never lowers a floor. If another process has recorded another newest snapshot in the meantime, that one
    /// stays: the next opening compares with it.
    pub(crate) fn add(state: &State, of: RecordOf, verified: Verified) -> Result<(), StateError> {
        let _lock = state_file::lock(&state.dir())?;
        let before = TrustRecord::load(state, of);
        let mut record = before.clone();
        let Verified { snapshots, floors, newest, instead_of } = verified;
        let stays = record.newest.as_ref().map(|newest| newest.pin).filter(|pin| Some(*pin) != instead_of);
        if stays.is_none_or(|pin| snapshots.contains(&pin)) {
            record.snapshots.insert(newest.pin);
            record.newest = Some(newest);
        }
        record.snapshots.extend(snapshots);
        while record.snapshots.len() > SNAPSHOTS {
            record.snapshots.pop_first();
        }
        // Every key has the first floor.
        for (key, floor) in floors.into_iter().filter(|(_, floor)| *floor > 1) {
            let highest = record.floors.entry(key.0).or_default();
            *highest = floor.max(*highest);
        }
        if record == before { Ok(()) } else { state_file::write(&path(state, of), record.to_string().as_bytes()) }
    }

    /// Ends the exception of the directory, if there is one.
    pub(crate) fn end_exception(state: &State) -> Result<(), StateError> {
        state_file::remove(&path(state, RecordOf::Directory))
    }
}

impl fmt::Display for TrustRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(newest) = &self.newest {
            writeln!(f, "newest {} {}", newest.pin.rev, BASE64.encode(&newest.bytes))?;
        }
        for Pin { rev, hash } in &self.snapshots {
            writeln!(f, "snapshot {rev} {}", HEXLOWER.encode(hash))?;
        }
        for (key, floor) in &self.floors {
            writeln!(f, "floor {} {floor}", HEXLOWER.encode(key))?;
        }
        Ok(())
    }
}

fn path(state: &State, of: RecordOf) -> PathBuf {
    match of {
        RecordOf::Vault => state.dir().join("verified"),
        RecordOf::Directory => state.dir().join("accepted").join(state.place()),
    }
}

fn parse(text: &str) -> Option<TrustRecord> {
    let mut record = TrustRecord::default();
    for line in text.lines() {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["snapshot", rev, hash] => {
                record.snapshots.insert(Pin { rev: rev.parse().ok()?, hash: unhex(hash)? });
            }
            ["newest", rev, text] => {
                let bytes = BASE64.decode(text.as_bytes()).ok()?;
                let pin = Pin { rev: rev.parse().ok()?, hash: sha256(&bytes) };
                record.newest = Some(WholeSnapshot { pin, bytes });
            }
            ["floor", key, floor] => {
                record.floors.insert(unhex(key)?, floor.parse().ok()?);
            }
            _ => return None,
        }
    }
    Some(record)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::model::id::VaultId;

    fn pin(rev: u64, hash: u8) -> Pin {
        Pin { rev, hash: [hash; 32] }
    }

    fn whole(rev: u64, text: &str) -> WholeSnapshot {
        WholeSnapshot { pin: Pin { rev, hash: sha256(text.as_bytes()) }, bytes: text.into() }
    }

    fn at(home: &tempfile::TempDir, place: &str) -> State {
        State::new(&home.path().join("state"), VaultId([7; 32]), &home.path().join(place))
    }

    fn load(state: &State) -> TrustRecord {
        TrustRecord::load(state, RecordOf::Vault)
    }

    fn add(state: &State, snapshots: &[Pin], floors: &[(KeyId, u64)], newest: &WholeSnapshot) {
        let instead_of = load(state).newest().map(|newest| newest.pin);
        let (snapshots, floors, newest) = (snapshots.to_vec(), floors.to_vec(), newest.clone());
        TrustRecord::add(state, RecordOf::Vault, Verified { snapshots, floors, newest, instead_of }).unwrap();
    }

    #[test]
    fn what_was_verified_in_one_place_is_known_in_every_other() {
        let home = tempfile::tempdir().unwrap();
        let (here, there) = (at(&home, "here"), at(&home, "there"));
        add(&here, &[pin(1, 1)], &[(KeyId([1; 16]), 3), (KeyId([2; 16]), 1)], &whole(2, "b"));
        add(&there, &[], &[(KeyId([1; 16]), 2)], &whole(3, "c"));
        let record = load(&here);
        assert_eq!(record, load(&there));
        let (second, third) = (whole(2, "b"), whole(3, "c"));
        assert_eq!(record.snapshots().collect::<Vec<_>>(), [pin(1, 1), second.pin, third.pin]);
        assert!(record.contains(second.pin) && !record.contains(pin(2, 9)));
        assert_eq!((record.newest(), record.ends()), (Some(&third), vec![third.pin]));
        assert_eq!(record.floors, [([1; 16], 3)].into(), "a floor never sinks, and the first one says nothing");
        let mode = fs::metadata(path(&here, RecordOf::Vault)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let other = State::new(&home.path().join("state"), VaultId([8; 32]), here.root());
        assert!(load(&other).is_empty(), "another vault in the same place");
    }

    #[test]
    fn the_newest_snapshots_are_kept() {
        let home = tempfile::tempdir().unwrap();
        let state = at(&home, "here");
        let many: Vec<Pin> = (1..=SNAPSHOTS as u64 + 5).map(|rev| pin(rev, 1)).collect();
        add(&state, &many, &[], &whole(SNAPSHOTS as u64 + 6, "last"));
        let kept = load(&state);
        assert_eq!((kept.snapshots().count(), kept.snapshots().next()), (SNAPSHOTS, Some(pin(7, 1))));
        assert!(kept.has_dropped(6) && !kept.has_dropped(7));
    }

    #[test]
    fn a_damaged_record_counts_as_empty_and_is_replaced() {
        let home = tempfile::tempdir().unwrap();
        let state = at(&home, "here");
        add(&state, &[], &[], &whole(1, "a"));
        let hash = "01".repeat(32);
        let damaged =
            ["junk", "snapshot 1", "snapshot x y", &format!("snapshot 1 {hash} more"), "floor 01 2", "newest 1 a"];
        for damage in damaged {
            fs::write(path(&state, RecordOf::Vault), damage).unwrap();
            assert!(load(&state).is_empty(), "{damage}");
        }
        add(&state, &[], &[], &whole(2, "b"));
        assert_eq!(load(&state).ends(), [whole(2, "b").pin]);
    }

    #[test]
    fn a_record_that_cannot_be_written_is_an_error_and_counts_as_empty() {
        let home = tempfile::tempdir().unwrap();
        let state = at(&home, "here");
        fs::create_dir_all(path(&state, RecordOf::Vault)).unwrap();
        let verified = Verified { snapshots: vec![], floors: vec![], newest: whole(1, "a"), instead_of: None };
        assert!(TrustRecord::add(&state, RecordOf::Vault, verified).is_err());
        assert!(load(&state).is_empty());
    }

    #[test]
    fn a_record_without_a_newest_snapshot_ends_with_its_highest_and_with_the_pins() {
        let home = tempfile::tempdir().unwrap();
        let state = at(&home, "here");
        add(&state, &[], &[], &whole(1, "a"));
        let line = |rev: u64, hash: u8| format!("snapshot {rev} {}\n", HEXLOWER.encode(&[hash; 32]));
        fs::write(path(&state, RecordOf::Vault), [line(1, 1), line(2, 2), line(2, 9)].concat()).unwrap();
        assert_eq!(load(&state).ends(), [pin(2, 9), pin(2, 2)], "two branches");
        let record = load(&state).with_pins([pin(3, 3)].into_iter());
        assert_eq!(record.ends(), [pin(3, 3)]);
        add(&state, &[], &[], &whole(4, "d"));
        assert!(!load(&state).with_pins([pin(5, 5)].into_iter()).contains(pin(5, 5)), "no longer");
    }

    #[test]
    fn a_directory_has_a_record_of_its_own_which_changes_no_other() {
        let home = tempfile::tempdir().unwrap();
        let (here, there) = (at(&home, "here"), at(&home, "there"));
        add(&here, &[], &[], &whole(2, "b"));
        let older = Verified { snapshots: vec![], floors: vec![], newest: whole(1, "a"), instead_of: None };
        TrustRecord::add(&here, RecordOf::Directory, older).unwrap();
        assert_eq!(TrustRecord::load(&here, RecordOf::Directory).ends(), [whole(1, "a").pin]);
        assert!(TrustRecord::load(&there, RecordOf::Directory).is_empty());
        assert_eq!(load(&here).ends(), [whole(2, "b").pin]);
        for _ in 0..2 {
            TrustRecord::end_exception(&here).unwrap();
            assert!(TrustRecord::load(&here, RecordOf::Directory).is_empty());
        }
    }

    #[test]
    fn a_newer_snapshot_of_another_process_is_not_replaced() {
        let home = tempfile::tempdir().unwrap();
        let state = at(&home, "here");
        add(&state, &[], &[], &whole(1, "a"));
        add(&state, &[], &[], &whole(3, "c"));
        let late = |snapshots: Vec<Pin>| {
            let (newest, instead_of) = (whole(2, "b"), Some(whole(1, "a").pin));
            TrustRecord::add(&state, RecordOf::Vault, Verified { snapshots, floors: vec![], newest, instead_of })
                .unwrap();
            load(&state).ends()
        };
        assert_eq!(late(vec![]), [whole(3, "c").pin]);
        assert_eq!(late(vec![whole(3, "c").pin]), [whole(2, "b").pin], "unless the chain contains it");
    }

    #[test]
    fn two_processes_lose_nothing_of_each_other() {
        let home = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for part in 0..4_u64 {
                let state = at(&home, "here");
                scope.spawn(move || {
                    for rev in part * 10..part * 10 + 10 {
                        add(&state, &[pin(rev, 1)], &[], &whole(99, "last"));
                    }
                });
            }
        });
        assert_eq!(load(&at(&home, "here")).snapshots().filter(|pin| pin.rev < 99).count(), 40);
    }
}
