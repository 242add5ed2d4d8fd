//! A key document's content: the versions of one key and who may open them (FORMAT.md, key document).

use super::head::Head;
use super::id::KeyId;
use super::name::{KeyName, MemberName};
use super::time::Timestamp;

/// A named encryption key with its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The key's id.
    pub id: KeyId,
    /// The key's name.
    pub name: KeyName,
    /// Revision, time and author of the document.
    pub head: Head,
    /// A description for people.
    pub description: String,
    /// How new values are sealed.
    pub codec: Codec,
    /// Which recipients may be mixed.
    pub suite: Suite,
    /// Number of the version that new values are sealed under.
    pub current: u64,
    /// Who may open it.
    pub readers: Vec<MemberName>,
    /// All versions, ascending.
    pub versions: Vec<KeyVersion>,
}

/// One version of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyVersion {
    /// Its number, from 1.
    pub number: u64,
    /// When it was made.
    pub created: Timestamp,
    /// Whether it may be used.
    pub state: KeyState,
    /// Why it is tainted, or empty.
    pub taint: String,
    /// Key check value.
    pub check: [u8; 16],
    /// The age recipient that values of the `age1` codec are sealed to.
    pub seal: String,
    /// The armored age file that holds the key.
    pub wrapped: String,
}

/// Whether a key version may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// For reading, and for writing while it is current.
    Enabled,
    /// For reading only; values under it must be replaced.
    Tainted,
    /// Not at all.
    Destroyed,
}

/// How values are sealed under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// XChaCha20-Poly1305 under a key per document.
    Xc1,
    /// A stock age file per value.
    Age1,
}

/// Which recipients a key's wraps may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    /// X25519, SSH and plugins.
    Classic,
    /// Post-quantum recipients only.
    Pq,
}

impl Key {
    /// The version of that number.
    pub fn version(&self, number: u64) -> Option<&KeyVersion> {
        self.versions.iter().find(|version| version.number == number)
    }

    /// The number that a next version gets.
    pub fn next_number(&self) -> u64 {
        self.versions.last().map_or(0, |version| version.number) + 1
    }

    /// The lowest version that is above every tainted one: nothing new may be sealed under an older one.
    pub fn untainted_from(&self) -> u64 {
        let tainted = self.versions.iter().filter(|version| version.state == KeyState::Tainted);
        tainted.map(|version| version.number + 1).max().unwrap_or(1)
    }

    /// Marks every version in use as known to somebody who should not be able to open it.
    pub fn taint(&mut self, reason: &str) {
        for version in self.versions.iter_mut().filter(|version| version.state == KeyState::Enabled) {
            version.state = KeyState::Tainted;
            reason.clone_into(&mut version.taint);
        }
    }
}
