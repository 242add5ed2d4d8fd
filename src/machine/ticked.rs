//! When `vault tick` last ran for a vault on this machine. Nothing depends on it but what `doctor` says of a timer.

use super::state::State;
use super::state_file;
use crate::model::time::Timestamp;

/// The file, for each vault.
const FILE: &str = "ticked";

/// Remembers it. A machine that cannot remember does without.
pub(crate) fn remember(state: &State, now: Timestamp) {
    let _ = state_file::write(&state.dir().join(FILE), now.to_string().as_bytes());
}

/// The last time, if it ever ran.
pub(crate) fn last(state: &State) -> Option<Timestamp> {
    let bytes = state_file::read(&state.dir().join(FILE)).ok()??;
    std::str::from_utf8(&bytes).ok()?.parse().ok()
}
