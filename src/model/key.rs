//! Keys: what the trust chain says of one, and the document with its wraps (FORMAT.md, trust snapshot and key document).
//!
//! The trust chain alone says who reads a key, which version is current and what each version is. The document holds the
//! wraps and decides nothing. In format 1 the document said all of that, and an old copy of it brought removed readers
//! back.

use super::head::Head;
use super::id::KeyId;
use super::name::{KeyName, MemberName};
use super::scope::Scope;
use super::time::Timestamp;
use super::written::{UnknownWord, words};

/// A named encryption key, as the trust chain states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The key's name.
    pub name: KeyName,
    /// The key's id.
    pub id: KeyId,
    /// Whether it may be used.
    pub state: KeyState,
    /// A description for people.
    pub description: String,
    /// How new values are sealed.
    pub codec: Codec,
    /// Which recipients may be mixed.
    pub suite: Suite,
    /// The names it governs; the longest scope wins.
    pub scopes: Vec<Scope>,
    /// Who may open it.
    pub readers: Vec<MemberName>,
    /// The version that new values are sealed under.
    pub current: u64,
    /// All versions, in the order in which they were added. A snapshot of format 1 lists none: its key documents do.
    pub versions: Vec<KeyVersion>,
    /// What a snapshot of format 1 says of the versions: none below it may be current. 1 in format 2.
    pub floor: u64,
}

/// Whether a key may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// For everything.
    Enabled,
    /// For nothing, until it is enabled again.
    Disabled,
    /// For nothing; it may be destroyed after an instant.
    Deleting(Timestamp),
}

/// One version of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyVersion {
    /// Its number: from 1 in format 1; random in format 2, so that two branches never give one number to two versions.
    pub number: u64,
    /// When it was made.
    pub created: Timestamp,
    /// Whether it may be used.
    pub state: VersionState,
    /// Why it is tainted, or empty.
    pub taint: String,
    /// Key check value: the only 32 bytes that this version can be.
    pub check: [u8; 16],
    /// The age recipient that values of the `age1` codec are sealed to.
    pub seal: String,
}

words! {
    /// Whether a key version may be used. A later state never becomes an earlier one again.
    #[derive(PartialOrd, Ord)]
    pub enum VersionState, UnknownWord {
        /// For reading, and for writing while it is current.
        Enabled = "enabled",
        /// For reading only; values under it must be replaced.
        Tainted = "tainted",
        /// Not at all.
        Destroyed = "destroyed",
    }
}

/// A key's document: its versions, wrapped for readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDocument {
    /// The key's id.
    pub id: KeyId,
    /// The key's name.
    pub name: KeyName,
    /// Revision, time and author of the document.
    pub head: Head,
    /// A wrap for each version; also for those that the trust chain does not list (yet), which are not used.
    pub wraps: Vec<Wrap>,
    /// What a document of format 1 says itself and the trust chain of format 2 says instead.
    pub stated: Option<Box<Key>>,
}

/// One version of a key, wrapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrap {
    /// The number of the version.
    pub number: u64,
    /// The fingerprints of the recipients that it is wrapped for, sorted. Empty in format 1.
    pub recipients: Vec<Fingerprint>,
    /// The armored age file that holds the key; empty in a destroyed version.
    pub wrapped: String,
}

/// The first 8 bytes of the SHA-256 of a recipient's text.
pub type Fingerprint = [u8; 8];

words! {
    /// How values are sealed under a key.
    pub enum Codec, UnknownWord {
        /// XChaCha20-Poly1305 under a key per document.
        Xc1 = "xc1",
        /// A stock age file per value.
        Age1 = "age1",
    }
}

words! {
    /// Which recipients a key's wraps may have.
    pub enum Suite, UnknownWord {
        /// X25519, SSH and plugins.
        Classic = "classic",
        /// Post-quantum recipients only.
        Pq = "pq",
    }
}

impl Key {
    /// The version of that number.
    pub fn version(&self, number: u64) -> Option<&KeyVersion> {
        self.versions.iter().find(|version| version.number == number)
    }

    /// The version that new values are sealed under.
    pub(crate) fn current(&self) -> Option<&KeyVersion> {
        self.version(self.current)
    }

    /// What a person calls a version: its place in the list, from 1; 0 if it is not listed.
    pub(crate) fn ordinal(&self, number: u64) -> u64 {
        self.versions.iter().zip(1..).find(|(version, _)| version.number == number).map_or(0, |(_, at)| at)
    }

    /// Whether new values can be sealed: the current version is one that nobody knows who should not.
    pub(crate) fn seals(&self) -> bool {
        self.state == KeyState::Enabled && self.current().is_some_and(|version| version.state == VersionState::Enabled)
    }

    /// Whether nothing of it can be opened ever again.
    pub(crate) fn is_destroyed(&self) -> bool {
        !self.versions.is_empty() && self.openable().next().is_none()
    }

    /// Whether it may be destroyed now: the window of its deletion is over.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        matches!(self.state, KeyState::Deleting(after) if after <= now) && !self.is_destroyed()
    }

    /// Without anything that opens or governs. Its name and its versions stay listed for ever.
    pub(crate) fn destroy(&mut self) {
        (self.readers, self.scopes) = (Vec::new(), Vec::new());
        self.versions.iter_mut().for_each(|version| version.state = VersionState::Destroyed);
    }

    /// The versions that can be opened.
    pub(crate) fn openable(&self) -> impl Iterator<Item = &KeyVersion> {
        self.versions.iter().filter(|version| version.state != VersionState::Destroyed)
    }

    /// Marks every version in use as known to somebody who should not be able to open it.
    pub fn taint(&mut self, reason: &str) {
        for version in self.versions.iter_mut().filter(|version| version.state == VersionState::Enabled) {
            version.state = VersionState::Tainted;
            reason.clone_into(&mut version.taint);
        }
    }

    /// With one more version, which is the current one.
    #[must_use]
    pub(crate) fn with_version(mut self, version: KeyVersion) -> Key {
        self.current = version.number;
        self.versions.push(version);
        self
    }

    /// Whether this may follow an earlier state of the key: no version is gone or different, none is less tainted, and
    /// the id is the same.
    pub(crate) fn may_follow(&self, before: &Key) -> bool {
        let kept = before.versions.iter().zip(&self.versions).all(|(old, new)| {
            (old.number, old.created, old.check, &old.seal) == (new.number, new.created, new.check, &new.seal)
                && old.state <= new.state
        });
        self.id == before.id && self.floor >= before.floor && self.versions.len() >= before.versions.len() && kept
    }
}

impl KeyDocument {
    /// The wrap of a version.
    pub fn wrap(&self, number: u64) -> Option<&Wrap> {
        self.wraps.iter().find(|wrap| wrap.number == number)
    }

    /// The last listed version that it has, and the first that it lacks, as people count them; `None` if it lacks none.
    pub(crate) fn outdated(&self, key: &Key) -> Option<(u64, u64)> {
        let has = |version: &&KeyVersion| self.wrap(version.number).is_some();
        let missing = key.openable().find(|version| !has(version))?;
        let last = key.openable().filter(has).last();
        Some((last.map_or(0, |version| key.ordinal(version.number)), key.ordinal(missing.number)))
    }

    /// Replaces the wrap of a version, or adds it.
    pub(crate) fn put(&mut self, wrap: Wrap) {
        match self.wraps.iter_mut().find(|other| other.number == wrap.number) {
            Some(other) => *other = wrap,
            None => self.wraps.push(wrap),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::trust_sample::key;
    use super::*;

    #[test]
    fn a_version_is_never_lost_changed_or_cleansed() {
        let before = key("default", &[1, 2], &[]);
        assert!(before.may_follow(&before));
        let mut tainted = before.clone();
        tainted.taint("known");
        assert!(tainted.may_follow(&before) && !before.may_follow(&tainted));
        assert!(key("default", &[1, 2, 3], &[]).may_follow(&before));
        for other in [key("default", &[1], &[]), key("default", &[2, 1], &[]), key("default", &[1, 3], &[])] {
            assert!(!other.may_follow(&before));
        }
        let mut resealed = before.clone();
        resealed.versions[0].check = [9; 16];
        assert!(!resealed.may_follow(&before), "another key under the number of a known one");
    }

    #[test]
    fn a_destroyed_key_may_follow_and_opens_nothing() {
        let before = Key { state: KeyState::Deleting(Timestamp::from_unix(9)), ..key("old", &[1, 2], &["secret:"]) };
        assert_eq!([8, 9].map(|at| before.is_due(Timestamp::from_unix(at))), [false, true]);
        let mut after = before.clone();
        after.destroy();
        assert!(after.may_follow(&before) && !before.may_follow(&after));
        assert!(after.is_destroyed() && !after.is_due(Timestamp::from_unix(9)) && after.scopes.is_empty());
        assert!(!before.is_destroyed());
    }

    #[test]
    fn a_tainted_version_seals_nothing() {
        let mut key = key("default", &[7], &[]);
        assert!(key.seals());
        key.taint("known");
        assert!(!key.seals());
        assert_eq!((key.ordinal(7), key.ordinal(8)), (1, 0));
    }
}
