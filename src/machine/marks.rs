//! High-water marks: the newest revision at each path that this machine has seen on a branch.
//!
//! A document that is deleted and created again has another id, and its revision continues above the tombstone's:
//! anything older at that path, of this or an earlier document, is a rollback. The trust chain decides which key a name
//! stands for, so keys are identified by their ids.
//!
//! One line a document, `<id> <rev> <sha256> <path>`, in 256 files by the first byte of the path's SHA-256, so that
//! reading one document reads one small file regardless of the size of the vault. Lines of earlier documents at a path
//! are kept: they record which ids were replaced there.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::expected::Expected;
use super::kept::Kept;
use super::mark::{Mark, has_fields, parse};
use super::names::Names;
use super::private::PrivateError;
use super::state_file::{self, StateError, number_of, numbered};
use crate::format::path::decode_key;
use crate::store::files::Reach;

/// How a document compares with what was seen at its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// Nothing was seen there, or it is newer than what was seen.
    Ahead,
    /// Exactly what was seen.
    Same,
    /// Older than revision `.0`, which was already seen.
    Behind(u64),
    /// Another content under a revision that was seen.
    Forked,
}

/// The marks of one directory on one branch, or of a vault wherever it is.
#[derive(Debug)]
pub(crate) struct Marks {
    dir: PathBuf,
    /// What else is kept of a directory on a branch.
    place: Option<OfPlace>,
    /// The marks of all places, from which the others are begun.
    places: Option<PathBuf>,
    files: Mutex<HashMap<u8, Lines>>,
    /// The marks in `by_id` that have not been migrated yet, once they have been read.
    earlier: Mutex<Option<Arc<Numbered>>>,
}

/// What belongs to the marks of one directory on one branch.
#[derive(Debug)]
pub(super) struct OfPlace {
    /// Where version 0.1 kept its marks, by the first byte of the document's id.
    pub(super) by_id: PathBuf,
    pub(super) kept: Kept,
    pub(super) names: Names,
}

type Numbered = BTreeMap<u8, Vec<Mark>>;
type Shard = BTreeMap<(String, [u8; 16]), Mark>;

/// A file as it is read. A line is decoded only when its path is looked up, because most are of other documents, and it is neither
/// copied nor sorted: a file has few lines, and their ends are quickly compared.
#[derive(Debug, Default)]
struct Lines {
    text: String,
    /// Where each line begins and ends.
    at: Vec<Range<usize>>,
}

impl Marks {
    /// The marks of a directory on a branch.
    pub(super) fn of_place(dir: PathBuf, place: OfPlace) -> Self {
        Marks { dir, place: Some(place), places: None, files: Mutex::default(), earlier: Mutex::default() }
    }

    /// The marks of a vault wherever it is.
    pub(super) fn anywhere(dir: PathBuf, places: PathBuf) -> Self {
        Marks { dir, place: None, places: Some(places), files: Mutex::default(), earlier: Mutex::default() }
    }

    /// Compares a document that was just verified with what was seen before.
    pub(crate) fn compare(&self, mark: &Mark) -> Result<Comparison, StateError> {
        Ok(match newest(&self.seen_at(&mark.path)?, mark) {
            None => Comparison::Ahead,
            Some(seen) if mark.rev > seen.rev => Comparison::Ahead,
            Some(seen) if mark.rev < seen.rev => Comparison::Behind(seen.rev),
            Some(seen) if mark.hash == seen.hash => Comparison::Same,
            Some(_) => Comparison::Forked,
        })
    }

    /// Whether there were marks in the file for this path, and are none any more.
    pub(crate) fn is_lost(&self, path: &str) -> Result<bool, StateError> {
        self.seen_at(path)?;
        let number = number_of(path);
        let is_empty = self.files().get(&number).is_none_or(|lines| lines.at.is_empty());
        Ok(is_empty && self.place.as_ref().is_some_and(|place| place.kept.contains(number)))
    }

    /// The paths of the documents that were seen in a directory, or at any depth below it.
    pub(crate) fn names_below(&self, directory: &str, reach: Reach) -> Result<Expected, StateError> {
        let Some(OfPlace { names, .. }) = &self.place else { return Ok(Expected::default()) };
        if !names.exist() && self.dir.is_dir() {
            // They were written before there was this index, or it was deleted.
            names.add(self.all()?.iter().map(|mark| mark.path.as_str()))?;
        }
        names.below(directory, reach)
    }

    /// Every document that was seen at a path, the newest one last.
    pub(crate) fn at(&self, path: &str) -> Result<Vec<Mark>, StateError> {
        let mut seen = self.seen_at(path)?;
        seen.sort_by_key(|mark| mark.rev);
        Ok(seen)
    }

    /// Raises the marks of documents that were verified completely. Never lowers one.
    pub(crate) fn raise(&self, seen: &[Mark]) -> Result<(), StateError> {
        self.place.as_ref().map_or(Ok(()), |place| place.names.add(paths(seen)))?;
        self.change(seen, |shard, mark| match newest(at(shard, &mark.path), mark) {
            Some(old) if old.rev >= mark.rev => false,
            _ => insert(shard, mark),
        })
    }

    /// Sets the marks of some paths to exactly these documents, even to older ones: the user accepted a rollback.
    pub(crate) fn set(&self, marks: &[Mark]) -> Result<(), StateError> {
        self.place.as_ref().map_or(Ok(()), |place| place.names.add(paths(marks)))?;
        self.change(marks, |shard, mark| forget(shard, mark) | insert(shard, mark))
    }

    /// Removes the marks of the paths of these documents: their removal was accepted.
    pub(crate) fn forget(&self, marks: &[Mark]) -> Result<(), StateError> {
        self.change(marks, forget)?;
        self.place.as_ref().map_or(Ok(()), |place| place.names.forget(paths(marks)))
    }

    /// The newest document at each path.
    pub(crate) fn all(&self) -> Result<Vec<Mark>, StateError> {
        let mut newest: BTreeMap<String, Mark> = BTreeMap::new();
        for mark in self.every()? {
            if newest.get(&mark.path).is_none_or(|other| other.rev < mark.rev) {
                newest.insert(mark.path.clone(), mark);
            }
        }
        Ok(newest.into_values().collect())
    }

    /// Everything that was seen, including what has been replaced at its path since.
    pub(crate) fn every(&self) -> Result<Vec<Mark>, StateError> {
        let mut every = Vec::new();
        for number in 0..=255 {
            every.extend(self.load(number)?.into_values());
        }
        Ok(every)
    }

    fn seen_at(&self, path: &str) -> Result<Vec<Mark>, StateError> {
        let number = number_of(path);
        let known = self.files().contains_key(&number);
        if !known {
            let lines = self.lines(number)?;
            self.files().insert(number, lines);
        }
        let files = self.files();
        let of_path = files.get(&number).into_iter().flat_map(|lines| lines.of_path(path));
        of_path.map(parse).collect::<Option<_>>().ok_or_else(|| StateError::damaged(&self.path_of(number)))
    }

    fn lines(&self, number: u8) -> Result<Lines, StateError> {
        let path = self.path_of(number);
        let found = state_file::read(&path)?.map(String::from_utf8).transpose();
        let found = found.map_err(|_| StateError::damaged(&path))?;
        let has_others = self.earlier()?.contains_key(&number) || found.is_none() && self.places.is_some();
        let text = if has_others { render(&self.load(number)?) } else { found.unwrap_or_default() };
        let lines = Lines::of(text);
        if lines.iter().all(has_fields) { Ok(lines) } else { Err(StateError::damaged(&path)) }
    }

    /// Changes the files with marks, and with the first change migrates those of version 0.1.
    fn change(&self, marks: &[Mark], apply: impl Fn(&mut Shard, &Mark) -> bool) -> Result<(), StateError> {
        let mut by_number: BTreeMap<u8, Vec<&Mark>> =
            self.earlier()?.keys().map(|number| (*number, Vec::new())).collect();
        let takes_over = !by_number.is_empty();
        for mark in marks {
            by_number.entry(number_of(&mark.path)).or_default().push(mark);
        }
        if by_number.is_empty() {
            return Ok(());
        }
        let _lock = state_file::lock(&self.dir)?;
        let mut kept = Vec::new();
        for (number, marks) in by_number {
            let mut shard = self.load(number)?;
            let changed = marks.into_iter().filter(|mark| apply(&mut shard, mark)).count() > 0;
            let is_begun = self.places.is_some() && !self.path_of(number).exists();
            if changed || takes_over || is_begun {
                state_file::write(&self.path_of(number), render(&shard).as_bytes())?;
            }
            kept.push((number, !shard.is_empty()));
            self.files().insert(number, Lines::of(render(&shard)));
        }
        if let Some(place) = &self.place {
            place.kept.set(&kept)?;
        }
        if let Some(path) = self.place.as_ref().map(|place| place.by_id.clone()).filter(|_| takes_over) {
            fs::remove_dir_all(&path).map_err(|source| PrivateError::Io { verb: "remove", path, source })?;
            *self.earlier.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::default());
        }
        Ok(())
    }

    fn files(&self) -> MutexGuard<'_, HashMap<u8, Lines>> {
        // Each change is one insertion: no panic can leave half of one.
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn load(&self, number: u8) -> Result<Shard, StateError> {
        let mut shard = Shard::new();
        let mut earlier = self.earlier()?.get(&number).cloned().unwrap_or_default();
        if let Some(places) = self.places.as_ref().filter(|_| !self.path_of(number).exists()) {
            earlier.extend(of_places(places, number)?);
        }
        for mark in read(&self.dir, number)?.into_iter().chain(earlier) {
            if shard.get(&(mark.path.clone(), mark.id)).is_none_or(|other| other.rev < mark.rev) {
                insert(&mut shard, &mark);
            }
        }
        Ok(shard)
    }

    /// The marks of version 0.1, until they are migrated.
    fn earlier(&self) -> Result<Arc<Numbered>, StateError> {
        let mut known = self.earlier.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(earlier) = &*known {
            return Ok(Arc::clone(earlier));
        }
        let mut earlier = Numbered::new();
        let by_id = self.place.as_ref().map(|place| &place.by_id).filter(|by_id| by_id.is_dir());
        for (by_id, number) in by_id.into_iter().flat_map(|by_id| (0..=255_u8).map(move |number| (by_id, number))) {
            for mark in read(by_id, number)? {
                earlier.entry(number_of(&mark.path)).or_default().push(mark);
            }
        }
        Ok(Arc::clone(known.insert(Arc::new(earlier))))
    }

    fn path_of(&self, number: u8) -> PathBuf {
        numbered(&self.dir, number)
    }
}

impl Lines {
    fn of(text: String) -> Self {
        let mut start = 0;
        let line = |line: &str| {
            let at = start..start + line.trim_end_matches('\n').len();
            start += line.len();
            at
        };
        let at = text.split_inclusive('\n').map(line).collect();
        Lines { text, at }
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        self.at.iter().map(|at| &self.text[at.clone()])
    }

    /// The lines of the documents at a path.
    fn of_path(&self, path: &str) -> impl Iterator<Item = &str> {
        self.iter().filter(move |line| line.strip_suffix(path).is_some_and(|rest| rest.ends_with(' ')))
    }
}

fn paths(marks: &[Mark]) -> impl Iterator<Item = &str> {
    marks.iter().map(|mark| mark.path.as_str())
}

/// The marks in one of the files of a directory.
fn read(directory: &Path, number: u8) -> Result<Vec<Mark>, StateError> {
    state_file::read_lines(&numbered(directory, number), parse)
}

/// The marks in the files of that number of all places.
fn of_places(places: &Path, number: u8) -> Result<Vec<Mark>, StateError> {
    let mut marks = Vec::new();
    for place in fs::read_dir(places).into_iter().flatten().flatten() {
        marks.extend(read(&place.path(), number)?);
    }
    Ok(marks)
}

fn at<'a>(shard: &'a Shard, path: &str) -> impl Iterator<Item = &'a Mark> {
    shard.range((path.to_owned(), [0; 16])..=(path.to_owned(), [0xff; 16])).map(|(_, mark)| mark)
}

/// What a document is compared with: of those at its path the newest, or the same key.
fn newest<'a>(at_path: impl IntoIterator<Item = &'a Mark>, mark: &Mark) -> Option<&'a Mark> {
    let is_key = decode_key(&mark.path).is_some();
    at_path.into_iter().filter(|seen| !is_key || seen.id == mark.id).max_by_key(|seen| seen.rev)
}

fn insert(shard: &mut Shard, mark: &Mark) -> bool {
    shard.insert((mark.path.clone(), mark.id), mark.clone()).as_ref() != Some(mark)
}

fn forget(shard: &mut Shard, mark: &Mark) -> bool {
    let before = shard.len();
    shard.retain(|(path, _), _| *path != mark.path);
    shard.len() < before
}

fn render(shard: &Shard) -> String {
    let mut text = String::with_capacity(shard.len() * 160);
    for mark in shard.values() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{mark}");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn mark(id: u8, rev: u64, hash: u8) -> Mark {
        Mark { id: [id; 16], rev, hash: [hash; 32], path: "params/x.yaml".to_owned() }
    }

    fn marks() -> (tempfile::TempDir, Marks) {
        let dir = tempfile::tempdir().unwrap();
        let marks = in_place(dir.path());
        (dir, marks)
    }

    fn in_place(dir: &Path) -> Marks {
        let (kept, names) = (Kept::new(dir.join("kept")), Names::new(dir.join("names")));
        Marks::of_place(dir.join("seen/here"), OfPlace { by_id: dir.join("marks"), kept, names })
    }

    #[test]
    fn what_was_seen_anywhere_begins_with_what_was_seen_in_each_place() {
        let (keep, marks) = marks();
        marks.raise(&[mark(1, 3, 9)]).unwrap();
        let anywhere = || Marks::anywhere(keep.path().join("anywhere"), keep.path().join("seen"));
        assert_eq!(anywhere().compare(&mark(1, 2, 8)).unwrap(), Comparison::Behind(3));
        let other = Mark { path: "params/y.yaml".into(), ..mark(2, 1, 1) };
        anywhere().raise(&[mark(1, 2, 8), other]).unwrap();
        assert_eq!(anywhere().every().unwrap().len(), 2, "{:?}", anywhere().every());
        marks.forget(&[mark(1, 3, 9)]).unwrap();
        assert_eq!(anywhere().compare(&mark(1, 3, 9)).unwrap(), Comparison::Same, "it is its own memory by now");
    }

    #[test]
    fn marks_that_were_deleted_are_missed() {
        let (keep, marks) = marks();
        assert!(!marks.is_lost("params/x.yaml").unwrap());
        marks.raise(&[mark(1, 3, 9)]).unwrap();
        assert!(!marks.is_lost("params/x.yaml").unwrap());
        fs::remove_dir_all(keep.path().join("seen/here")).unwrap();
        let without = in_place(keep.path());
        assert_eq!(without.compare(&mark(1, 2, 8)).unwrap(), Comparison::Ahead);
        assert!(without.is_lost("params/x.yaml").unwrap() && !without.is_lost("params/y.yaml").unwrap());
        assert_eq!(without.names_below("params", Reach::Children).unwrap().missing().count(), 1);
        without.raise(&[mark(1, 3, 9)]).unwrap();
        assert!(!in_place(keep.path()).is_lost("params/x.yaml").unwrap(), "it is there again");
        without.forget(&[mark(1, 3, 9)]).unwrap();
        assert!(!in_place(keep.path()).is_lost("params/x.yaml").unwrap(), "forgotten on purpose");
        assert_eq!(without.names_below("params", Reach::Children).unwrap().missing().count(), 0);
    }

    #[test]
    fn names_are_made_from_marks_where_there_are_none_yet() {
        let (keep, marks) = marks();
        marks.raise(&[mark(1, 3, 9)]).unwrap();
        fs::remove_dir_all(keep.path().join("names")).unwrap();
        assert!(marks.names_below("params", Reach::Children).unwrap().missing().eq(["params/x.yaml"]));
    }

    #[test]
    fn marks_only_rise() {
        let (_keep, marks) = marks();
        assert_eq!(marks.compare(&mark(1, 3, 9)).unwrap(), Comparison::Ahead);
        let other = Mark { path: "params/y.yaml".into(), ..mark(2, 1, 1) };
        marks.raise(&[mark(1, 3, 9), other]).unwrap();
        marks.raise(&[mark(1, 2, 8)]).unwrap();
        assert_eq!(marks.compare(&mark(1, 3, 9)).unwrap(), Comparison::Same);
        assert_eq!(marks.compare(&mark(1, 2, 8)).unwrap(), Comparison::Behind(3));
        assert_eq!(marks.compare(&mark(1, 3, 8)).unwrap(), Comparison::Forked);
        assert_eq!(marks.compare(&mark(1, 4, 8)).unwrap(), Comparison::Ahead);
        assert_eq!(marks.all().unwrap().len(), 2);
    }

    #[test]
    fn what_was_replaced_at_a_path_does_not_come_back() {
        let (_keep, marks) = marks();
        marks.raise(&[mark(1, 2, 9)]).unwrap();
        assert_eq!(marks.compare(&mark(2, 3, 7)).unwrap(), Comparison::Ahead, "deleted and created again");
        marks.raise(&[mark(2, 3, 7)]).unwrap();
        assert_eq!(marks.compare(&mark(1, 2, 9)).unwrap(), Comparison::Behind(3), "the tombstone");
        assert_eq!(marks.compare(&mark(3, 1, 1)).unwrap(), Comparison::Behind(3), "one that was never seen");
        assert_eq!(marks.compare(&mark(3, 3, 1)).unwrap(), Comparison::Forked);
        assert_eq!(marks.at("params/x.yaml").unwrap(), [mark(1, 2, 9), mark(2, 3, 7)]);
        assert_eq!(marks.all().unwrap(), [mark(2, 3, 7)]);
        // The trust chain says which key is meant.
        let key = |id, rev| Mark { path: "keys/default.yaml".into(), ..mark(id, rev, 1) };
        marks.raise(&[key(1, 5)]).unwrap();
        assert_eq!(marks.compare(&key(2, 1)).unwrap(), Comparison::Ahead);
        marks.raise(&[key(2, 1)]).unwrap();
        assert_eq!(marks.compare(&key(1, 4)).unwrap(), Comparison::Behind(5));
    }

    #[test]
    fn accepted_rollbacks_and_removals_are_forgotten() {
        let (_keep, marks) = marks();
        marks.raise(&[mark(1, 3, 9)]).unwrap();
        marks.raise(&[mark(2, 5, 9)]).unwrap();
        marks.set(&[mark(1, 2, 8)]).unwrap();
        assert_eq!(marks.compare(&mark(1, 2, 8)).unwrap(), Comparison::Same);
        marks.forget(&[mark(2, 2, 8)]).unwrap();
        assert_eq!(marks.every().unwrap(), []);
    }

    #[test]
    fn marks_of_the_first_release_are_taken_over_once() {
        let (keep, marks) = marks();
        let old = keep.path().join("marks");
        for mark in [mark(1, 2, 9), mark(2, 3, 7)] {
            let line = render(&[((mark.path.clone(), mark.id), mark.clone())].into());
            state_file::write(&old.join(format!("{:02x}", mark.id[0])), line.as_bytes()).unwrap();
        }
        assert_eq!(marks.compare(&mark(1, 2, 9)).unwrap(), Comparison::Behind(3), "read where they are");
        assert!(old.exists());
        marks.raise(&[]).unwrap();
        assert!(!old.exists());
        marks.forget(&[mark(1, 2, 9)]).unwrap();
        let again = in_place(keep.path());
        assert_eq!((marks.every().unwrap(), again.every().unwrap()), (Vec::new(), Vec::new()));
    }

    #[test]
    fn a_damaged_file_is_reported_not_ignored() {
        let (_keep, marks) = marks();
        marks.raise(&[mark(1, 3, 9)]).unwrap();
        fs::write(marks.path_of(number_of("params/x.yaml")), "junk\n").unwrap();
        marks.files().clear();
        assert!(matches!(marks.compare(&mark(1, 3, 9)), Err(StateError::Damaged { .. })));
    }
}
