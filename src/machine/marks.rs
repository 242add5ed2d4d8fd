//! High-water marks: the newest revision of each document that this machine has seen on a branch.
//!
//! One line a document, `<id> <rev> <sha256> <path>`, in 256 files by the first byte of the id, so that reading one document
//! reads one small file whatever the size of the vault.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::PathBuf;

use data_encoding::HEXLOWER;

use super::state_file::{self, StateError};

/// What was seen of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The document's (or key's) id.
    pub id: [u8; 16],
    /// The highest revision seen.
    pub rev: u64,
    /// SHA-256 of the whole file at that revision.
    pub hash: [u8; 32],
    /// Where it lay, relative to the vault.
    pub path: String,
}

/// How a document compares with its mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Never seen here, or newer than what was seen.
    Ahead,
    /// Exactly what was seen.
    Same,
    /// Older than revision `.0`, which was seen here.
    Behind(u64),
    /// Another content under a revision that was seen.
    Forked,
}

/// The marks of one directory on one branch.
#[derive(Debug)]
pub struct Marks {
    dir: PathBuf,
    shards: RefCell<HashMap<u8, Shard>>,
}

type Shard = BTreeMap<[u8; 16], Mark>;

impl Marks {
    pub(super) fn new(dir: PathBuf) -> Self {
        Marks { dir, shards: RefCell::default() }
    }

    /// Compares a document that was just verified with what was seen before.
    pub fn compare(&self, mark: &Mark) -> Result<Comparison, StateError> {
        let shard = mark.id[0];
        if !self.shards.borrow().contains_key(&shard) {
            let loaded = self.load(shard)?;
            self.shards.borrow_mut().insert(shard, loaded);
        }
        let shards = self.shards.borrow();
        Ok(match shards.get(&shard).and_then(|marks| marks.get(&mark.id)) {
            None => Comparison::Ahead,
            Some(seen) if mark.rev > seen.rev => Comparison::Ahead,
            Some(seen) if mark.rev < seen.rev => Comparison::Behind(seen.rev),
            Some(seen) if mark.hash == seen.hash => Comparison::Same,
            Some(_) => Comparison::Forked,
        })
    }

    /// Raises the marks of documents that were verified completely. Never lowers one.
    pub fn raise(&self, seen: &[Mark]) -> Result<(), StateError> {
        self.change(seen, |shard, mark| match shard.get(&mark.id) {
            Some(old) if old.rev >= mark.rev => false,
            _ => shard.insert(mark.id, mark.clone()).as_ref() != Some(mark),
        })
    }

    /// Sets marks to exactly these, also lower ones: the user took a rollback on purpose.
    pub fn set(&self, marks: &[Mark]) -> Result<(), StateError> {
        self.change(marks, |shard, mark| shard.insert(mark.id, mark.clone()).as_ref() != Some(mark))
    }

    /// Forgets documents: their removal was accepted.
    pub fn forget(&self, marks: &[Mark]) -> Result<(), StateError> {
        self.change(marks, |shard, mark| shard.remove(&mark.id).is_some())
    }

    /// Everything that was seen, in order of id.
    pub fn all(&self) -> Result<Vec<Mark>, StateError> {
        let mut all = Vec::new();
        for shard in 0..=255 {
            all.extend(self.load(shard)?.into_values());
        }
        Ok(all)
    }

    fn change(&self, marks: &[Mark], apply: impl Fn(&mut Shard, &Mark) -> bool) -> Result<(), StateError> {
        if marks.is_empty() {
            return Ok(());
        }
        let _lock = state_file::lock(&self.dir)?;
        let mut by_shard: BTreeMap<u8, Vec<&Mark>> = BTreeMap::new();
        for mark in marks {
            by_shard.entry(mark.id[0]).or_default().push(mark);
        }
        for (number, marks) in by_shard {
            let mut shard = self.load(number)?;
            let changed = marks.into_iter().filter(|mark| apply(&mut shard, mark)).count() > 0;
            if changed {
                state_file::write(&self.shard_path(number), render(&shard).as_bytes())?;
            }
            self.shards.borrow_mut().insert(number, shard);
        }
        Ok(())
    }

    fn load(&self, number: u8) -> Result<Shard, StateError> {
        let path = self.shard_path(number);
        let Some(bytes) = state_file::read(&path)? else { return Ok(Shard::new()) };
        let text = String::from_utf8(bytes).map_err(|_| StateError::Damaged { path: path.clone() })?;
        text.lines()
            .map(|line| parse(line).map(|mark| (mark.id, mark)))
            .collect::<Option<Shard>>()
            .ok_or(StateError::Damaged { path })
    }

    fn shard_path(&self, number: u8) -> PathBuf {
        self.dir.join(format!("{number:02x}"))
    }
}

fn parse(line: &str) -> Option<Mark> {
    let mut fields = line.split(' ');
    let id = HEXLOWER.decode(fields.next()?.as_bytes()).ok()?.try_into().ok()?;
    let rev = fields.next()?.parse().ok()?;
    let hash = HEXLOWER.decode(fields.next()?.as_bytes()).ok()?.try_into().ok()?;
    let path = fields.next()?.to_owned();
    fields.next().is_none().then_some(Mark { id, rev, hash, path })
}

fn render(shard: &Shard) -> String {
    let mut text = String::with_capacity(shard.len() * 160);
    for mark in shard.values() {
        // Writing to a string cannot fail.
        let _ =
            writeln!(text, "{} {} {} {}", HEXLOWER.encode(&mark.id), mark.rev, HEXLOWER.encode(&mark.hash), mark.path);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(id: u8, rev: u64, hash: u8) -> Mark {
        Mark { id: [id; 16], rev, hash: [hash; 32], path: format!("params/{id}.yaml") }
    }

    fn marks() -> (tempfile::TempDir, Marks) {
        let dir = tempfile::tempdir().unwrap();
        let marks = Marks::new(dir.path().join("marks"));
        (dir, marks)
    }

    #[test]
    fn marks_only_rise() {
        let (_keep, marks) = marks();
        assert_eq!(marks.compare(&mark(1, 3, 9)).unwrap(), Comparison::Ahead);
        marks.raise(&[mark(1, 3, 9), mark(2, 1, 1)]).unwrap();
        marks.raise(&[mark(1, 2, 8)]).unwrap();
        assert_eq!(marks.compare(&mark(1, 3, 9)).unwrap(), Comparison::Same);
        assert_eq!(marks.compare(&mark(1, 2, 8)).unwrap(), Comparison::Behind(3));
        assert_eq!(marks.compare(&mark(1, 3, 8)).unwrap(), Comparison::Forked);
        assert_eq!(marks.compare(&mark(1, 4, 8)).unwrap(), Comparison::Ahead);
        assert_eq!(marks.all().unwrap().len(), 2);
    }

    #[test]
    fn accepted_rollbacks_and_removals_are_forgotten() {
        let (_keep, marks) = marks();
        marks.raise(&[mark(1, 3, 9)]).unwrap();
        marks.set(&[mark(1, 2, 8)]).unwrap();
        assert_eq!(marks.compare(&mark(1, 2, 8)).unwrap(), Comparison::Same);
        marks.forget(&[mark(1, 2, 8)]).unwrap();
        assert_eq!(marks.all().unwrap(), []);
    }

    #[test]
    fn a_damaged_file_is_reported_not_ignored() {
        let (_keep, marks) = marks();
        marks.raise(&[mark(1, 3, 9)]).unwrap();
        std::fs::write(marks.shard_path(1), "junk\n").unwrap();
        marks.shards.borrow_mut().clear();
        assert!(matches!(marks.compare(&mark(1, 3, 9)), Err(StateError::Damaged { .. })));
    }
}
