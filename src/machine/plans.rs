//! The highest serial of a rotation plan that this machine has seen for each secret, one line each:
//! `<id of the document> <serial>`. An earlier plan, once signed, does not run here again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::state::State;
use super::state_file::{self, StateError};
use crate::model::id::DocId;

/// The highest serial seen for a secret; 0 if none was.
pub(crate) fn seen(state: &State, secret: DocId) -> Result<u64, StateError> {
    Ok(load(state)?.get(&secret.to_string()).copied().unwrap_or_default())
}

/// Remembers a serial, unless a higher one was seen.
pub(crate) fn record(state: &State, secret: DocId, serial: u64) -> Result<(), StateError> {
    let _lock = state_file::lock(&state.dir())?;
    let mut serials = load(state)?;
    let seen = serials.entry(secret.to_string()).or_default();
    *seen = serial.max(*seen);
    state_file::write_lines(&path(state), serials.iter().map(|(id, serial)| format!("{id} {serial}")))
}

fn load(state: &State) -> Result<BTreeMap<String, u64>, StateError> {
    state_file::read_lines(&path(state), |line| {
        let (id, serial) = line.split_once(' ')?;
        Some((id.parse::<DocId>().ok()?.to_string(), serial.parse().ok()?))
    })
}

fn path(state: &State) -> PathBuf {
    state.dir().join("hooks").join("plans")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::VaultId;

    #[test]
    fn serials_only_rise() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::new(&dir.path().join("state"), VaultId([7; 32]), dir.path());
        let [one, other] = [DocId([1; 16]), DocId([2; 16])];
        assert_eq!(seen(&state, one).unwrap(), 0);
        for (serial, highest) in [(3, 3), (2, 3), (4, 4)] {
            record(&state, one, serial).unwrap();
            assert_eq!(seen(&state, one).unwrap(), highest);
        }
        assert_eq!(seen(&state, other).unwrap(), 0);
        std::fs::write(path(&state), "junk\n").unwrap();
        assert!(matches!(seen(&state, one), Err(StateError::Damaged { .. })));
    }
}
