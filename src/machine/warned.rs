//! Warnings that are given once a day in each place: one file for each place, which contains the day of the last one.

use super::state::State;
use super::state_file;
use crate::model::time::Timestamp;

/// Whether this is the first warning of the day in the place of `state`. From then on it is not.
///
/// A machine that cannot remember warns every time.
pub(crate) fn is_first_today(state: &State, now: Timestamp) -> bool {
    let path = state.dir().join("warned").join(state.here());
    let today: String = now.to_string().chars().take(10).collect();
    let is_first = state_file::read(&path).ok().flatten().is_none_or(|day| day != today.as_bytes());
    if is_first {
        let _ = state_file::write(&path, today.as_bytes());
    }
    is_first
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::VaultId;

    #[test]
    fn a_place_is_warned_once_a_day() {
        let home = tempfile::tempdir().unwrap();
        let at = |place: &str| State::new(home.path(), VaultId([7; 32]), &home.path().join(place));
        let day = |number: i64| Timestamp::from_unix(1_800_000_000 + number * 86_400);
        assert!(is_first_today(&at("here"), day(0)) && !is_first_today(&at("here"), day(0)));
        assert!(is_first_today(&at("there"), day(0)), "another place");
        assert!(is_first_today(&at("here"), day(1)) && !is_first_today(&at("here"), day(1)));
    }
}
