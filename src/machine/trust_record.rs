//! What this machine has verified of a vault's trust, wherever the vault was: in another directory, on another branch, in a copy.
//!
//! A pin says how far one directory and branch was, and what goes back there is refused. The record belongs to the vault's id: the
//! hash of each snapshot that was verified, and the highest floor of each key. Nothing is refused because of it. Two snapshots
//! of one number are two branches that `trust rebase` makes one, a chain that was accepted, a copy or a restored backup; and an older
//! checkout ends before the last snapshot, with lower floors. Which of these is an attack, the record alone cannot tell.
//!
//! One file, a line each: `snapshot <number> <sha256>` and `floor <key id> <version>`. One that cannot be read counts as
//! empty, because everything in it can be verified again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use data_encoding::HEXLOWER;

use super::pin::Pin;
use super::state::State;
use super::state_file::{self, StateError};
use crate::model::id::KeyId;

/// The verified snapshots of one vault, and the highest floor of each key that was in one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TrustRecord {
    snapshots: BTreeSet<Pin>,
    floors: BTreeMap<[u8; 16], u64>,
}

/// Snapshots with lower numbers are dropped beyond this many.
const SNAPSHOTS: usize = 1000;

impl TrustRecord {
    /// The record of the vault that `state` belongs to.
    pub(crate) fn load(state: &State) -> TrustRecord {
        let bytes = state_file::read(&path(state)).ok().flatten().unwrap_or_default();
        String::from_utf8(bytes).ok().and_then(|text| parse(&text)).unwrap_or_default()
    }

    /// Whether this snapshot was verified.
    pub(crate) fn contains(&self, snapshot: Pin) -> bool {
        self.snapshots.contains(&snapshot)
    }

    /// Every snapshot that was verified, lowest numbers first.
    pub(crate) fn snapshots(&self) -> impl Iterator<Item = Pin> {
        self.snapshots.iter().copied()
    }

    /// Adds snapshots that were verified, and floors of keys in them. Never lowers a floor.
    pub(crate) fn add(
        state: &State,
        snapshots: &[Pin],
        floors: impl IntoIterator<Item = (KeyId, u64)>,
    ) -> Result<(), StateError> {
        let _lock = state_file::lock(&state.dir())?;
        let before = TrustRecord::load(state);
        let mut record = before.clone();
        record.snapshots.extend(snapshots);
        while record.snapshots.len() > SNAPSHOTS {
            record.snapshots.pop_first();
        }
        // Every key has the first floor.
        for (key, floor) in floors.into_iter().filter(|(_, floor)| *floor > 1) {
            let highest = record.floors.entry(key.0).or_default();
            *highest = floor.max(*highest);
        }
        if record == before { Ok(()) } else { state_file::write(&path(state), record.to_string().as_bytes()) }
    }
}

impl fmt::Display for TrustRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Pin { rev, hash } in &self.snapshots {
            writeln!(f, "snapshot {rev} {}", HEXLOWER.encode(hash))?;
        }
        for (key, floor) in &self.floors {
            writeln!(f, "floor {} {floor}", HEXLOWER.encode(key))?;
        }
        Ok(())
    }
}

fn path(state: &State) -> PathBuf {
    state.dir().join("verified")
}

fn parse(text: &str) -> Option<TrustRecord> {
    let mut record = TrustRecord::default();
    for line in text.lines() {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["snapshot", rev, hash] => {
                record.snapshots.insert(Pin { rev: rev.parse().ok()?, hash: bytes(hash)? });
            }
            ["floor", key, floor] => {
                record.floors.insert(bytes(key)?, floor.parse().ok()?);
            }
            _ => return None,
        }
    }
    Some(record)
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
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

    fn at(home: &tempfile::TempDir, place: &str) -> State {
        State::new(&home.path().join("state"), VaultId([7; 32]), &home.path().join(place))
    }

    #[test]
    fn what_was_verified_in_one_place_is_known_in_every_other() {
        let home = tempfile::tempdir().unwrap();
        let (here, there) = (at(&home, "here"), at(&home, "there"));
        TrustRecord::add(&here, &[pin(2, 2), pin(1, 1)], [(KeyId([1; 16]), 3), (KeyId([2; 16]), 1)]).unwrap();
        TrustRecord::add(&there, &[pin(2, 9)], [(KeyId([1; 16]), 2)]).unwrap();
        let record = TrustRecord::load(&here);
        assert_eq!(record, TrustRecord::load(&there));
        assert_eq!(record.snapshots().collect::<Vec<_>>(), [pin(1, 1), pin(2, 2), pin(2, 9)], "two branches");
        assert!(record.contains(pin(2, 9)) && !record.contains(pin(1, 9)));
        assert_eq!(record.floors, [([1; 16], 3)].into(), "a floor never sinks, and the first one says nothing");
        let mode = fs::metadata(path(&here)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let other = State::new(&home.path().join("state"), VaultId([8; 32]), here.root());
        assert_eq!(TrustRecord::load(&other), TrustRecord::default(), "another vault in the same place");
    }

    #[test]
    fn the_newest_snapshots_are_kept() {
        let home = tempfile::tempdir().unwrap();
        let state = at(&home, "here");
        let many: Vec<Pin> = (1..=SNAPSHOTS as u64 + 5).map(|rev| pin(rev, 1)).collect();
        TrustRecord::add(&state, &many, []).unwrap();
        let kept = TrustRecord::load(&state);
        assert_eq!((kept.snapshots().count(), kept.snapshots().next()), (SNAPSHOTS, Some(pin(6, 1))));
    }

    #[test]
    fn a_damaged_record_counts_as_empty_and_is_replaced() {
        let home = tempfile::tempdir().unwrap();
        let state = at(&home, "here");
        TrustRecord::add(&state, &[pin(1, 1)], []).unwrap();
        let hash = "01".repeat(32);
        for damage in ["junk", "snapshot 1", "snapshot x y", &format!("snapshot 1 {hash} more"), "floor 01 2"] {
            fs::write(path(&state), damage).unwrap();
            assert_eq!(TrustRecord::load(&state), TrustRecord::default(), "{damage}");
        }
        TrustRecord::add(&state, &[pin(2, 2)], []).unwrap();
        assert_eq!(TrustRecord::load(&state).snapshots().collect::<Vec<_>>(), [pin(2, 2)]);
    }

    #[test]
    fn a_record_that_cannot_be_written_is_an_error_and_counts_as_empty() {
        let home = tempfile::tempdir().unwrap();
        let state = at(&home, "here");
        fs::create_dir_all(path(&state)).unwrap();
        assert!(TrustRecord::add(&state, &[pin(1, 1)], []).is_err());
        assert_eq!(TrustRecord::load(&state), TrustRecord::default());
    }

    #[test]
    fn two_processes_lose_nothing_of_each_other() {
        let home = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for part in 0..4_u64 {
                let state = at(&home, "here");
                scope.spawn(move || {
                    for rev in part * 10..part * 10 + 10 {
                        TrustRecord::add(&state, &[pin(rev, 1)], []).unwrap();
                    }
                });
            }
        });
        assert_eq!(TrustRecord::load(&at(&home, "here")).snapshots().count(), 40);
    }
}
