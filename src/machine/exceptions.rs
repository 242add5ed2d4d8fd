//! Older states that the user accepted in one place: the hash of the document at each path.
//!
//! `vault accept` and `vault restore` write them. What this machine has seen anywhere is never lowered, so only the exception keeps
//! the accepted state from being called older. It holds in its place and on its branch, for exactly these bytes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use data_encoding::HEXLOWER;

use super::mark::Mark;
use super::state::State;
use super::state_file::{self, StateError, unhex};

/// The exceptions of one place.
#[derive(Debug)]
pub(crate) struct Exceptions {
    directory: PathBuf,
    path: PathBuf,
}

impl Exceptions {
    /// The exceptions of the place that `state` belongs to.
    pub(crate) fn of(state: &State) -> Self {
        let directory = state.dir().join("exceptions");
        Exceptions { path: directory.join(state.here()), directory }
    }

    /// Whether exactly this document was accepted.
    pub(crate) fn contains(&self, mark: &Mark) -> Result<bool, StateError> {
        Ok(self.load()?.get(&mark.path) == Some(&mark.hash))
    }

    /// Accepts these documents, each instead of what was accepted at its path.
    pub(crate) fn add(&self, marks: &[Mark]) -> Result<(), StateError> {
        if marks.is_empty() {
            return Ok(());
        }
        let _lock = state_file::lock(&self.directory)?;
        let mut accepted = self.load()?;
        accepted.extend(marks.iter().map(|mark| (mark.path.clone(), mark.hash)));
        let lines = accepted.iter().map(|(path, hash)| format!("{} {path}", HEXLOWER.encode(hash)));
        state_file::write_lines(&self.path, lines)
    }

    fn load(&self) -> Result<BTreeMap<String, [u8; 32]>, StateError> {
        state_file::read_lines(&self.path, |line| {
            let (hash, path) = line.split_once(' ')?;
            Some((path.to_owned(), unhex(hash)?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::VaultId;

    #[test]
    fn one_state_of_a_document_is_accepted_in_one_place() {
        let home = tempfile::tempdir().unwrap();
        let at = |place: &str| Exceptions::of(&State::new(home.path(), VaultId([7; 32]), &home.path().join(place)));
        let mark = |hash| Mark { id: [1; 16], rev: 2, hash: [hash; 32], path: "params/x.yaml".into() };
        at("here").add(&[mark(1)]).unwrap();
        assert!(at("here").contains(&mark(1)).unwrap());
        assert!(!at("here").contains(&mark(2)).unwrap() && !at("there").contains(&mark(1)).unwrap());
        at("here").add(&[mark(2)]).unwrap();
        assert!(at("here").contains(&mark(2)).unwrap() && !at("here").contains(&mark(1)).unwrap());
        std::fs::write(at("here").path, "junk").unwrap();
        assert!(at("here").contains(&mark(2)).is_err());
    }
}
