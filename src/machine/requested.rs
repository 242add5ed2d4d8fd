//! The request to join a vault that was written on this machine: its name and its day. Nothing depends on it but what `status` says.

use super::state::State;
use super::state_file;
use crate::model::name::MemberName;
use crate::model::time::Timestamp;

/// The file, for each vault.
const FILE: &str = "requested";

/// Remembers a request. A machine that cannot remember does without.
pub(crate) fn remember(state: &State, name: &MemberName, now: Timestamp) {
    let _ = state_file::write(&state.dir().join(FILE), format!("{name} {now}\n").as_bytes());
}

/// The name of the last request, and when it was made.
pub(crate) fn last(state: &State) -> Option<(MemberName, Timestamp)> {
    let bytes = state_file::read(&state.dir().join(FILE)).ok()??;
    let mut words = std::str::from_utf8(&bytes).ok()?.split_whitespace();
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

/// Forgets it, once it was answered.
pub(crate) fn forget(state: &State) {
    let _ = std::fs::remove_file(state.dir().join(FILE));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::VaultId;

    #[test]
    fn a_request_is_remembered_until_it_is_answered() {
        let home = tempfile::tempdir().unwrap();
        let state = State::new(home.path(), VaultId([7; 32]), home.path());
        let (name, now) = ("bob".parse().unwrap(), Timestamp::from_unix(1_800_000_000));
        assert_eq!(last(&state), None);
        remember(&state, &name, now);
        assert_eq!(last(&state), Some((name, now)));
        forget(&state);
        assert_eq!(last(&state), None);
    }
}
