//! What one machine remembers about vaults: which vault a directory holds, how far trust was verified, what was seen.
//!
//! Below the user's state directory, never in a repository, all files 0600:
//!
//! ```text
//! vault/places/<place>                 the id of the vault that this directory held when it was first trusted
//! vault/<vault-id>/pin.json            verified trust snapshots, one entry for each directory and branch
//! vault/<vault-id>/verified            all verified trust snapshots, the newest of them, and the floors of keys, wherever the vault was
//! vault/<vault-id>/accepted/<place>    the same, of an older or another chain that was accepted for this directory
//! vault/<vault-id>/seen/<place>/<xx>   high-water marks, by the first byte of the path's hash
//! vault/<vault-id>/anywhere/<xx>       the same wherever the vault was; never lowered
//! vault/<vault-id>/kept/<place>        which files of marks a place has
//! vault/<vault-id>/names/<place>/<xx>  the documents that were seen in each directory
//! vault/<vault-id>/exceptions/<place>  older documents that were accepted in a place
//! vault/<vault-id>/warned/<place>      the day of the last warning about older documents
//! vault/<vault-id>/requested           the last request to join, until it was answered
//! vault/<vault-id>/replicas.json       why copies of secrets could not be made
//! vault/<vault-id>/signatures/<xx>     signatures that were verified, by the first byte of their directory's hash
//! vault/<vault-id>/events/              changes as events, and what they are derived from: see `events/`
//! vault/<vault-id>/leases/<secret>     locked while a process rotates the secret
//! vault/<vault-id>/hooks/approvals     the programs and rotations that the user lets the vault run
//! vault/<vault-id>/hooks/plans         the latest rotation plan seen for each secret
//! vault/<vault-id>/hooks/log.jsonl     what hooks did; `log.1.jsonl` is the one before it
//! ```

use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;

use super::branch::{self, Branch};
use super::kept::Kept;
use super::marks::{Marks, OfPlace};
use super::names::Names;
use super::private;
use super::state_file::{StateError, read, write};
use crate::crypto::framing::sha256;
use crate::model::id::VaultId;
use crate::store::PlaceId;
use crate::store::locked::LockedFile;

/// The memory of one machine for one vault in one directory.
#[derive(Debug, Clone)]
pub struct State {
    base: PathBuf,
    vault: VaultId,
    at: PlaceId,
    /// The name of the place in this memory.
    place: String,
    branch: Branch,
}

impl State {
    /// The state for the vault `vault` in the directory `root` (absolute), below the state directory `base`. Reads no
    /// file except git's `HEAD`.
    pub fn new(base: &Path, vault: VaultId, root: &Path) -> State {
        State::of(base, vault, &PlaceId::Directory(root.to_owned()))
    }

    /// The state for the vault `vault` at some place.
    pub(crate) fn of(base: &Path, vault: VaultId, place: &PlaceId) -> State {
        let (base, key) = (base.to_owned(), place_key(root_of(place), &[]));
        State { base, vault, at: place.clone(), place: key, branch: branch_of(place) }
    }

    /// The same, on the branch that the directory is on now.
    #[must_use]
    pub(crate) fn on_branch_of_now(&self) -> State {
        State { branch: branch_of(&self.at), ..self.clone() }
    }

    /// The vault that the directory `root` held when it was first trusted on this machine.
    pub(crate) fn vault_of_place(base: &Path, place: &PlaceId) -> Result<Option<VaultId>, StateError> {
        let path = base.join("places").join(place_key(root_of(place), &[]));
        let Some(text) = read(&path)? else { return Ok(None) };
        let line = std::str::from_utf8(&text).ok().and_then(|text| text.lines().next());
        line.and_then(|id| id.parse().ok()).map(Some).ok_or(StateError::Damaged { path })
    }

    /// Remembers which vault this directory holds.
    pub(crate) fn remember_place(&self) -> Result<(), StateError> {
        let path = self.base.join("places").join(&self.place);
        write(&path, format!("{}\n{}\n", self.vault, self.root().display()).as_bytes())
    }

    /// The vault that this is about.
    pub(crate) fn vault(&self) -> VaultId {
        self.vault
    }

    /// The branch that the directory is on.
    pub(crate) fn branch(&self) -> &Branch {
        &self.branch
    }

    /// The key of this directory on this branch; `None` on a detached `HEAD`, where no marks are kept.
    pub(crate) fn branch_key(&self) -> Option<String> {
        match &self.branch {
            Branch::Named(name) => Some(place_key(self.root(), name.as_bytes())),
            Branch::None => Some(self.place.clone()),
            Branch::Detached => None,
        }
    }

    /// The same directory on its current branch, or on the one that a rebase in progress returns to; `None` if there is
    /// none.
    pub(crate) fn after_rebase(&self) -> Option<State> {
        match &self.branch {
            Branch::Detached => branch::rebased(self.root()).map(|branch| State { branch, ..self.clone() }),
            Branch::Named(_) | Branch::None => Some(self.clone()),
        }
    }

    /// The high-water marks of this directory on this branch.
    pub(crate) fn marks(&self) -> Option<Marks> {
        let key = self.branch_key()?;
        let of = |kind: &str| self.dir().join(kind).join(&key);
        let place = OfPlace { by_id: of("marks"), kept: Kept::new(of("kept")), names: Names::new(of("names")) };
        Some(Marks::of_place(of("seen"), place))
    }

    /// The high-water marks of the vault, in whatever directory and on whatever branch it was.
    pub(crate) fn marks_anywhere(&self) -> Marks {
        Marks::anywhere(self.dir().join("anywhere"), self.dir().join("seen"))
    }

    /// The key of this directory on this branch, or of the directory alone on a detached `HEAD`.
    pub(super) fn here(&self) -> String {
        self.branch_key().unwrap_or_else(|| self.place.clone())
    }

    /// The right to rotate a secret, held by one process of this machine at a time; `None` if another one has it. The
    /// system releases it when the holder exits for any reason.
    pub(crate) fn lease(&self, secret: &str) -> Result<Option<LockedFile>, StateError> {
        let name = place_key(self.root(), secret.as_bytes());
        Ok(private::try_lock_memory(&self.dir().join("leases"), &name)?)
    }

    /// The directory that holds what is remembered of this vault.
    pub(crate) fn dir(&self) -> PathBuf {
        self.base.join(self.vault.to_string())
    }

    /// The name of the vault's directory in this memory.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// The directory of the vault itself.
    pub(crate) fn root(&self) -> &Path {
        root_of(&self.at)
    }
}

/// The text for a place in messages and keys: a directory's path, or a name that cannot be an absolute path.
fn root_of(place: &PlaceId) -> &Path {
    match place {
        PlaceId::Directory(path) => path,
        PlaceId::Named(name) => Path::new(name),
    }
}

fn branch_of(place: &PlaceId) -> Branch {
    match place {
        PlaceId::Directory(path) => Branch::of(path),
        PlaceId::Named(_) => Branch::None,
    }
}

/// A directory, or a directory on a branch, as a file name.
fn place_key(root: &Path, branch: &[u8]) -> String {
    let mut text = root.as_os_str().as_encoded_bytes().to_vec();
    text.push(0);
    text.extend_from_slice(branch);
    HEXLOWER.encode(&sha256(&text)[..16])
}
