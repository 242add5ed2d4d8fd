//! Signatures that were verified when a directory was last read, so that they need not be verified again.
//!
//! One file for each directory: a tag, and the sorted hashes of what was verified. The tag is made with a key that only the unlocked
//! identity has: a file that was copied here, or that another program wrote, counts as none.

use std::path::PathBuf;

use super::state::State;
use super::state_file::{self, StateError, number_of, numbered};
use crate::crypto::memory_key::MemoryKey;

/// What identifies a verified signature.
pub(crate) type Entry = [u8; 32];

/// The file of one directory, as it is: nothing in it is authentic yet.
pub(crate) struct SignatureFile {
    path: PathBuf,
    bytes: Option<Vec<u8>>,
}

impl SignatureFile {
    /// Reads the file for a directory of the vault. One that cannot be read counts as none. There are 256 of them: directories that
    /// share one take turns.
    pub(crate) fn of(state: &State, directory: &str) -> Self {
        let path = numbered(&state.dir().join("signatures"), number_of(directory));
        let bytes = state_file::read(&path).ok().flatten();
        SignatureFile { path, bytes }
    }

    /// Whether there is a file.
    pub(crate) fn exists(&self) -> bool {
        self.bytes.is_some()
    }

    /// The entries, sorted, if this key authenticates them.
    pub(crate) fn entries(&self, key: &MemoryKey) -> Vec<Entry> {
        let authentic = |bytes: &Vec<u8>| {
            let (tag, entries) = bytes.split_first_chunk()?;
            let (entries, rest) = entries.as_chunks();
            (rest.is_empty() && key.authenticates(entries.as_flattened(), tag)).then(|| entries.to_vec())
        };
        self.bytes.as_ref().and_then(authentic).unwrap_or_default()
    }

    /// Replaces the file.
    pub(crate) fn replace(&self, mut entries: Vec<Entry>, key: &MemoryKey) -> Result<(), StateError> {
        entries.sort_unstable();
        let content = entries.as_flattened();
        state_file::write(&self.path, &[&key.tag(content), content].concat())
    }

    /// Removes the file, if there is one.
    pub(crate) fn remove(&self) {
        if self.exists() {
            // What stays is only read in vain.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
