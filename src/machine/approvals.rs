//! Which programs the user of this machine lets a vault run: one line each, `sha256:<hex> <name>` (docs/hooks.md).
//!
//! The file lies with the pins, out of reach of whoever writes to the repository.

use std::path::PathBuf;

use data_encoding::HEXLOWER;

use super::state::State;
use super::state_file::{self, StateError};

/// One program that may run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Approval {
    /// The name that was approved: a hook, or a strategy with where it goes.
    pub name: String,
    /// SHA-256 of what was approved under that name.
    pub digest: [u8; 32],
}

/// All approvals of one vault on this machine.
#[derive(Debug)]
pub struct Approvals {
    entries: Vec<Approval>,
}

impl Approvals {
    /// The approvals of the vault that `state` belongs to.
    pub fn load(state: &State) -> Result<Approvals, StateError> {
        let path = path(state);
        let Some(bytes) = state_file::read(&path)? else { return Ok(Approvals { entries: Vec::new() }) };
        let text = String::from_utf8(bytes).map_err(|_| StateError::Damaged { path: path.clone() })?;
        let entries = text.lines().map(parse).collect::<Option<_>>().ok_or(StateError::Damaged { path })?;
        Ok(Approvals { entries })
    }

    /// Lets a program run. Approving it again changes nothing.
    ///
    /// An older content of the same name stays approved: another branch may still hold it.
    pub fn approve(state: &State, approval: &Approval) -> Result<(), StateError> {
        Approvals::change(state, |entries| {
            if !entries.contains(approval) {
                entries.push(approval.clone());
            }
        })
    }

    /// Takes back every approval of a name.
    pub fn revoke(state: &State, name: &str) -> Result<(), StateError> {
        Approvals::change(state, |entries| entries.retain(|entry| entry.name != name))
    }

    /// Whether exactly this content may run under this name.
    pub fn holds(&self, approval: &Approval) -> bool {
        self.entries.contains(approval)
    }

    /// Whether any content was approved under this name.
    pub fn knows(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.name == name)
    }

    fn change(state: &State, change: impl FnOnce(&mut Vec<Approval>)) -> Result<(), StateError> {
        let _lock = state_file::lock(&state.dir())?;
        let mut entries = Approvals::load(state)?.entries;
        change(&mut entries);
        let line = |entry: &Approval| format!("sha256:{} {}\n", HEXLOWER.encode(&entry.digest), entry.name);
        state_file::write(&path(state), entries.iter().map(line).collect::<String>().as_bytes())
    }
}

fn path(state: &State) -> PathBuf {
    state.dir().join("hooks").join("approvals")
}

fn parse(line: &str) -> Option<Approval> {
    let (digest, name) = line.strip_prefix("sha256:")?.split_once(' ')?;
    let digest = HEXLOWER.decode(digest.as_bytes()).ok()?.try_into().ok()?;
    (!name.is_empty()).then(|| Approval { name: name.to_owned(), digest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::VaultId;

    fn state(dir: &tempfile::TempDir) -> State {
        State::new(&dir.path().join("state"), VaultId([7; 32]), dir.path())
    }

    fn approval(name: &str, digest: u8) -> Approval {
        Approval { name: name.into(), digest: [digest; 32] }
    }

    #[test]
    fn a_content_is_approved_under_its_name_only() {
        let dir = tempfile::tempdir().unwrap();
        let state = state(&dir);
        assert!(Approvals::load(&state).unwrap().entries.is_empty());
        Approvals::approve(&state, &approval("rotate.sh", 1)).unwrap();
        Approvals::approve(&state, &approval("rotate.sh", 1)).unwrap();
        Approvals::approve(&state, &approval("with space.sh", 2)).unwrap();
        let approvals = Approvals::load(&state).unwrap();
        assert_eq!(approvals.entries, [approval("rotate.sh", 1), approval("with space.sh", 2)]);
        assert!(!approvals.holds(&approval("rotate.sh", 2)) && !approvals.holds(&approval("other.sh", 1)));
        assert!(approvals.knows("rotate.sh") && !approvals.knows("other.sh"));
        Approvals::revoke(&state, "rotate.sh").unwrap();
        assert_eq!(Approvals::load(&state).unwrap().entries, [approval("with space.sh", 2)]);
    }

    #[test]
    fn a_damaged_list_approves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let state = state(&dir);
        Approvals::approve(&state, &approval("rotate.sh", 1)).unwrap();
        for junk in ["rotate.sh\n", "sha256:00 rotate.sh\n", &format!("sha256:{} \n", "0".repeat(64))] {
            std::fs::write(path(&state), junk).unwrap();
            assert!(matches!(Approvals::load(&state), Err(StateError::Damaged { .. })), "{junk}");
        }
    }
}
