//! The highest serial of a rotation plan that this machine has seen for each secret, one line each:
//! `<id of the document> <serial>`. An earlier plan, once signed, does not run here again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::state::State;
use super::state_file::{self, StateError};
use crate::model::id::DocId;

/// The serials of one vault on this machine.
pub(crate) struct Plans(BTreeMap<String, u64>);

impl Plans {
    /// The highest serial seen for a secret; 0 if none was.
    pub(crate) fn seen(state: &State, secret: DocId) -> Result<u64, StateError> {
        Ok(Plans::load(state)?.0.get(&secret.to_string()).copied().unwrap_or_default())
    }

    /// Remembers a serial, unless a higher one was seen.
    pub(crate) fn record(state: &State, secret: DocId, serial: u64) -> Result<(), StateError> {
        let _lock = state_file::lock(&state.dir())?;
        let Plans(mut serials) = Plans::load(state)?;
        let seen = serials.entry(secret.to_string()).or_default();
        *seen = serial.max(*seen);
        state_file::write(&path(state), serials.iter().map(line).collect::<String>().as_bytes())
    }

    fn load(state: &State) -> Result<Plans, StateError> {
        let path = path(state);
        let Some(bytes) = state_file::read(&path)? else { return Ok(Plans(BTreeMap::new())) };
        let entry = |line: &str| {
            let (id, serial) = line.split_once(' ')?;
            Some((id.parse::<DocId>().ok()?.to_string(), serial.parse().ok()?))
        };
        let text = std::str::from_utf8(&bytes).ok();
        let serials = text.and_then(|text| text.lines().map(entry).collect());
        serials.map(Plans).ok_or(StateError::Damaged { path })
    }
}

fn line((id, serial): (&String, &u64)) -> String {
    format!("{id} {serial}\n")
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
        assert_eq!(Plans::seen(&state, one).unwrap(), 0);
        for (serial, seen) in [(3, 3), (2, 3), (4, 4)] {
            Plans::record(&state, one, serial).unwrap();
            assert_eq!(Plans::seen(&state, one).unwrap(), seen);
        }
        assert_eq!(Plans::seen(&state, other).unwrap(), 0);
        std::fs::write(path(&state), "junk\n").unwrap();
        assert!(matches!(Plans::seen(&state, one), Err(StateError::Damaged { .. })));
    }
}
