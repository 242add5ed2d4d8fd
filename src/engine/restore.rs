//! Restores a vault from a backup: unpacked where nothing finds it, compared with what is known about it, and
//! remembered.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::authority::mark;
use super::chain;
use super::error::{Error, Result};
use super::trust_standing::judge;
use super::vault::{Vault, read_id};
use super::writing;
use crate::format::{caps, vault_yaml};
use crate::machine::marks::Comparison;
use crate::machine::{Exceptions, Mark, Pin, Pins, State};
use crate::model::id::VaultId;
use crate::store::archive::{self, Packed};
use crate::store::{Directory, Files, Lock};

/// The maximum number of files and bytes of a batch.
const BATCH_FILES: usize = 1000;
const BATCH_BYTES: usize = 64 << 20;

/// What exists at the target of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nothing, or an empty directory.
    Free,
    /// That vault.
    Vault(VaultId),
    /// Something else, perhaps the remains of a vault.
    Taken,
}

/// How a restored vault compares with another state of it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The trust snapshot of the other state, if the restored chain does not contain it.
    pub trust: Option<u64>,
    /// Documents that are older here, changed under the same revision, or missing, by path.
    pub behind: Vec<Behind>,
    /// Documents that are newer here, or that the other state does not have, by path.
    pub ahead: Vec<String>,
    /// Documents of the other state that cannot be trusted, so that nothing is compared with them, by path.
    pub broken: Vec<String>,
}

/// A document that another state has in a newer revision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Behind {
    /// Relative to the vault.
    pub path: String,
    /// The other state's revision.
    pub seen: u64,
    /// The restored one; `None` if it is missing.
    pub here: Option<u64>,
}

impl Standing {
    /// Whether the other state has something that this one does not have.
    pub(crate) fn is_behind(&self) -> bool {
        self.trust.is_some() || !self.behind.is_empty()
    }
}

/// What exists at a place.
pub(crate) fn place(target: &Path) -> Place {
    if !target.is_dir() {
        return if target.symlink_metadata().is_ok() { Place::Taken } else { Place::Free };
    }
    if fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none()) {
        return Place::Free;
    }
    let id = Directory::open(target).map_err(Error::from).and_then(|root| read_id(&root, target));
    id.map_or(Place::Taken, Place::Vault)
}

/// Keeps every other process of this machine from writing to the vault at a place, for as long as the lock is held. If
/// that vault is not there, there is nothing to lock.
pub(crate) fn hold(target: &Path, id: VaultId) -> Result<Option<Lock>> {
    if place(target) != Place::Vault(id) {
        return Ok(None);
    }
    writing::lock(&Directory::open(target)?).map(Some)
}

/// Unpacks a backup into a directory created for it. `progress` is called with the number of files done. The only check
/// is that the archive contains just files of a vault.
pub(crate) fn unpack(input: impl Read, directory: &Path, mut progress: impl FnMut(usize)) -> Result<usize> {
    let root = Directory::create(directory)?;
    let (mut batch, mut done) = (Batch::default(), 0);
    archive::read(input, |packed| {
        batch.add(packed);
        done += 1;
        progress(done);
        if batch.is_full() { std::mem::take(&mut batch).write(&root) } else { Ok(()) }
    })?;
    batch.write(&root)?;
    if root.read(vault_yaml::PATH, caps::SMALL_DOCUMENT)?.is_none() {
        return Err(Error::NotAVault(directory.to_owned()));
    }
    Ok(done)
}

/// Files that are held in memory and written with two waits for the disk.
#[derive(Default)]
struct Batch {
    files: Vec<(String, Vec<u8>)>,
    executables: Vec<String>,
    size: usize,
}

impl Batch {
    fn add(&mut self, Packed { path, is_executable, bytes }: Packed) {
        if is_executable {
            self.executables.push(path.clone());
        }
        self.size += bytes.len();
        self.files.push((path, bytes));
    }

    fn is_full(&self) -> bool {
        self.files.len() >= BATCH_FILES || self.size >= BATCH_BYTES
    }

    fn write(self, root: &Directory) -> Result<()> {
        root.replace_all(&self.files)?;
        for path in self.executables {
            root.make_executable(&path)?;
        }
        Ok(())
    }
}

impl Vault<'_> {
    /// How this vault compares with what a machine remembers about a directory.
    pub(crate) fn standing_to_memory(&self, state: &Path, target: &Path) -> Result<Standing> {
        let place = self.state_of(state, target);
        let known = place.marks().map(|marks| marks.all()).transpose()?.unwrap_or_default();
        self.standing(&known, Pins::load(&place)?.here(&place))
    }

    /// How this vault compares with another state of it.
    pub(crate) fn standing_to(&self, other: &Vault<'_>) -> Result<Standing> {
        let (mut known, mut broken) = (Vec::new(), Vec::new());
        for (path, revision) in other.each_revision()? {
            match revision {
                Ok(revision) => known.push(mark(path, revision)),
                Err(_) => broken.push(path),
            }
        }
        let mut standing = self.standing(&known, Some(other.pin()))?;
        standing.ahead.retain(|path| !broken.contains(path));
        Ok(Standing { broken, ..standing })
    }

    /// Remembers, for its future directory, that this machine has seen the vault in this state there, and nothing newer. What it
    /// has seen anywhere stays, and what is older is accepted in that directory.
    pub(crate) fn remember_restored(&self, state: &Path, target: &Path) -> Result<()> {
        let place = self.state_of(state, target);
        let (restored, anywhere) = (self.marks_of_all()?, place.marks_anywhere());
        if let Some(marks) = place.marks() {
            marks.forget(&marks.all()?)?;
            marks.set(&restored)?;
        }
        let judgement = judge(&*self.files, &self.id, &place, &Pins::load(&place)?, &self.trust())?;
        let mut older = restored.clone();
        older.retain(|mark| !matches!(anywhere.compare(mark), Ok(Comparison::Same | Comparison::Ahead)));
        Exceptions::of(&place).add(&older)?;
        anywhere.raise(&restored)?;
        Pins::advance(&place, self.pin())?;
        self.ledger.note_state(self.record_accepted(&place, judgement));
        Ok(place.remember_place()?)
    }

    fn standing(&self, known: &[Mark], pin: Option<Pin>) -> Result<Standing> {
        let contains = |pin: Pin| Ok::<bool, Error>(chain::known(&*self.files, &self.id, pin)?.is_some());
        let trust = pin.map(|pin| Ok::<_, Error>((!contains(pin)?).then_some(pin.rev))).transpose()?.flatten();
        let here = self.marks_of_all()?;
        let by_path: HashMap<&str, &Mark> = here.iter().map(|mark| (mark.path.as_str(), mark)).collect();
        let mut standing = Standing { trust, ..Standing::default() };
        for seen in known {
            let behind = |here| Behind { path: seen.path.clone(), seen: seen.rev, here };
            match by_path.get(seen.path.as_str()) {
                Some(mark) if mark.rev > seen.rev => standing.ahead.push(mark.path.clone()),
                Some(mark) if mark.rev < seen.rev || mark.hash != seen.hash => {
                    standing.behind.push(behind(Some(mark.rev)));
                }
                Some(_) => {}
                None => standing.behind.push(behind(None)),
            }
        }
        let known: HashSet<&str> = known.iter().map(|mark| mark.path.as_str()).collect();
        let new = here.iter().filter(|mark| !known.contains(mark.path.as_str()));
        standing.ahead.extend(new.map(|mark| mark.path.clone()));
        standing.ahead.sort();
        standing.behind.sort();
        Ok(standing)
    }

    fn marks_of_all(&self) -> Result<Vec<Mark>> {
        Ok(self.revisions()?.into_iter().map(|(path, revision)| mark(path, revision)).collect())
    }

    fn state_of(&self, state: &Path, target: &Path) -> State {
        State::new(state, self.id, &absolute(target))
    }
}

/// The path by which a machine remembers a directory that may not exist yet.
pub(super) fn absolute(target: &Path) -> PathBuf {
    let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let parent = fs::canonicalize(parent).unwrap_or_else(|_| parent.to_owned());
    let there = parent.join(target.file_name().unwrap_or_default());
    fs::canonicalize(&there).unwrap_or(there)
}
