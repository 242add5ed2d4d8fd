//! What the user of this machine allows a vault to run, one line each (docs/hooks.md): `sha256:<hex> <program>` for a
//! program with this content, `rotation sha256:<hex> <secret>` for the rotation of a secret as it is configured.
//!
//! The file is kept with the pins, out of reach of anyone who can write to the repository.

use std::path::PathBuf;

use data_encoding::HEXLOWER;

use super::state::State;
use super::state_file::{self, StateError, unhex};

/// The prefix of a rotation's line.
const ROTATION: &str = "rotation ";

/// What was approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A program under this name. Several contents may be approved: another branch may still have an older one.
    Program(String),
    /// The rotation of this secret, in one form only.
    Rotation(String),
}

/// One thing that may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Approval {
    /// What was approved.
    pub subject: Subject,
    /// SHA-256 of its content.
    pub digest: [u8; 32],
}

/// All approvals of one vault on this machine.
#[derive(Debug)]
pub(crate) struct Approvals {
    entries: Vec<Approval>,
}

impl Approvals {
    /// The approvals of the vault that `state` belongs to.
    pub(crate) fn load(state: &State) -> Result<Approvals, StateError> {
        Ok(Approvals { entries: state_file::read_lines(&path(state), parse)? })
    }

    /// Adds approvals. A new one for a rotation replaces the previous one; repeating one changes nothing.
    pub(crate) fn approve(state: &State, approvals: &[Approval]) -> Result<(), StateError> {
        Approvals::change(state, |entries| {
            for approval in approvals {
                let replaced = |entry: &Approval| match &approval.subject {
                    Subject::Program(_) => entry == approval,
                    Subject::Rotation(_) => entry.subject == approval.subject,
                };
                entries.retain(|entry| !replaced(entry));
                entries.push(approval.clone());
            }
        })
    }

    /// Revokes every approval of a subject.
    pub(crate) fn revoke(state: &State, subject: &Subject) -> Result<(), StateError> {
        Approvals::change(state, |entries| entries.retain(|entry| entry.subject != *subject))
    }

    /// Whether exactly this content was approved.
    pub(crate) fn holds(&self, approval: &Approval) -> bool {
        self.entries.contains(approval)
    }

    /// Whether any content of this subject was approved.
    pub(crate) fn knows(&self, subject: &Subject) -> bool {
        self.entries.iter().any(|entry| entry.subject == *subject)
    }

    fn change(state: &State, change: impl FnOnce(&mut Vec<Approval>)) -> Result<(), StateError> {
        let _lock = state_file::lock(&state.dir())?;
        let mut entries = Approvals::load(state)?.entries;
        change(&mut entries);
        state_file::write_lines(&path(state), entries.iter().map(line))
    }
}

fn path(state: &State) -> PathBuf {
    state.dir().join("hooks").join("approvals")
}

fn line(entry: &Approval) -> String {
    let (kind, name) = match &entry.subject {
        Subject::Program(name) => ("", name),
        Subject::Rotation(name) => (ROTATION, name),
    };
    format!("{kind}sha256:{} {name}", HEXLOWER.encode(&entry.digest))
}

fn parse(line: &str) -> Option<Approval> {
    let (rest, subject): (_, fn(String) -> Subject) = match line.strip_prefix(ROTATION) {
        Some(rest) => (rest, Subject::Rotation),
        None => (line, Subject::Program),
    };
    let (digest, name) = rest.strip_prefix("sha256:")?.split_once(' ')?;
    let digest = unhex(digest)?;
    (!name.is_empty()).then(|| Approval { subject: subject(name.to_owned()), digest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::VaultId;

    fn state(dir: &tempfile::TempDir) -> State {
        State::new(&dir.path().join("state"), VaultId([7; 32]), dir.path())
    }

    fn program(name: &str, digest: u8) -> Approval {
        Approval { subject: Subject::Program(name.into()), digest: [digest; 32] }
    }

    fn rotation(secret: &str, digest: u8) -> Approval {
        Approval { subject: Subject::Rotation(secret.into()), digest: [digest; 32] }
    }

    #[test]
    fn a_content_is_approved_under_its_name_only() {
        let dir = tempfile::tempdir().unwrap();
        let state = state(&dir);
        assert!(Approvals::load(&state).unwrap().entries.is_empty());
        let all = [program("rotate.sh", 1), program("with space.sh", 2), program("rotate.sh", 3)];
        Approvals::approve(&state, &all).unwrap();
        Approvals::approve(&state, &all[..1]).unwrap();
        let approvals = Approvals::load(&state).unwrap();
        assert_eq!(approvals.entries.len(), 3);
        assert!(all.iter().all(|approval| approvals.holds(approval)));
        assert!(!approvals.holds(&program("rotate.sh", 2)) && !approvals.holds(&program("other.sh", 1)));
        assert!(approvals.knows(&all[0].subject) && !approvals.knows(&program("other.sh", 1).subject));
        Approvals::revoke(&state, &all[0].subject).unwrap();
        assert_eq!(Approvals::load(&state).unwrap().entries, all[1..2]);
    }

    #[test]
    fn a_rotation_is_approved_in_one_form_and_is_no_program() {
        let dir = tempfile::tempdir().unwrap();
        let state = state(&dir);
        Approvals::approve(&state, &[rotation("prod/db", 1), program("prod/db", 2), rotation("prod/a", 1)]).unwrap();
        Approvals::approve(&state, &[rotation("prod/db", 3)]).unwrap();
        let approvals = Approvals::load(&state).unwrap();
        assert_eq!(approvals.entries, [program("prod/db", 2), rotation("prod/a", 1), rotation("prod/db", 3)]);
        assert!(!approvals.holds(&program("prod/a", 1)) && !approvals.holds(&rotation("prod/db", 2)));
    }

    #[test]
    fn a_damaged_list_approves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let state = state(&dir);
        Approvals::approve(&state, &[program("rotate.sh", 1)]).unwrap();
        let zeros = "0".repeat(64);
        let nameless = [format!("sha256:{zeros} \n"), format!("rotation sha256:{zeros} \n")];
        for junk in ["rotate.sh\n", "sha256:00 rotate.sh\n", "rotation prod/db\n", &nameless[0], &nameless[1]] {
            std::fs::write(path(&state), junk).unwrap();
            assert!(matches!(Approvals::load(&state), Err(StateError::Damaged { .. })), "{junk}");
        }
    }
}
