//! The documents that were seen in one place, by directory, so that a listing notices one that is gone without reading every mark.
//!
//! A line for each entry of a directory, `<directory> <entry>`, in 256 files by the first byte of the directory's SHA-256; an entry that
//! ends with a slash is a directory itself. They can be made again from the marks.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;

use super::state_file::{self, StateError, number_of, numbered};
use crate::store::files::Reach;

/// The documents that were seen in one place.
#[derive(Debug)]
pub(super) struct Names {
    dir: PathBuf,
}

impl Names {
    pub(super) fn new(dir: PathBuf) -> Self {
        Names { dir }
    }

    /// Whether anything was ever written.
    pub(super) fn exist(&self) -> bool {
        self.dir.is_dir()
    }

    /// The paths of the documents in a directory, or at any depth below it.
    pub(super) fn below(&self, directory: &str, reach: Reach) -> Result<HashSet<String>, StateError> {
        let (mut found, mut open) = (HashSet::new(), vec![directory.to_owned()]);
        let mut files: BTreeMap<u8, BTreeSet<String>> = BTreeMap::new();
        while let Some(directory) = open.pop() {
            let number = number_of(&directory);
            if let std::collections::btree_map::Entry::Vacant(vacant) = files.entry(number) {
                vacant.insert(self.load(number)?);
            }
            let beginning = format!("{directory} ");
            let lines = files.get(&number).into_iter().flat_map(|lines| lines.range(beginning.clone()..));
            for entry in lines.map_while(|line| line.strip_prefix(&beginning)) {
                match entry.strip_suffix('/') {
                    Some(child) if reach == Reach::Descendants => open.push(format!("{directory}/{child}")),
                    Some(_) => {}
                    None => drop(found.insert(format!("{directory}/{entry}"))),
                }
            }
        }
        Ok(found)
    }

    /// Adds documents, and the directories that lead to them.
    pub(super) fn add<'a>(&self, paths: impl IntoIterator<Item = &'a str>) -> Result<(), StateError> {
        self.change(paths.into_iter().flat_map(entries), BTreeSet::insert)
    }

    /// Removes documents. Their directories stay.
    pub(super) fn forget<'a>(&self, paths: impl IntoIterator<Item = &'a str>) -> Result<(), StateError> {
        let leaves = paths.into_iter().filter_map(|path| path.rsplit_once('/'));
        self.change(leaves.map(|(directory, leaf)| (directory, leaf.to_owned())), |lines, line| lines.remove(&line))
    }

    fn change<'a>(
        &self,
        entries: impl Iterator<Item = (&'a str, String)>,
        apply: impl Fn(&mut BTreeSet<String>, String) -> bool,
    ) -> Result<(), StateError> {
        let mut by_number: BTreeMap<u8, BTreeSet<String>> = BTreeMap::new();
        for (directory, entry) in entries {
            by_number.entry(number_of(directory)).or_default().insert(format!("{directory} {entry}"));
        }
        if by_number.is_empty() {
            return Ok(());
        }
        let _lock = state_file::lock(&self.dir)?;
        for (number, changes) in by_number {
            let mut lines = self.load(number)?;
            if changes.into_iter().filter(|line| apply(&mut lines, line.clone())).count() > 0 {
                state_file::write_lines(&numbered(&self.dir, number), &lines)?;
            }
        }
        Ok(())
    }

    fn load(&self, number: u8) -> Result<BTreeSet<String>, StateError> {
        state_file::read_lines(&numbered(&self.dir, number), |line| Some(line.to_owned()))
    }
}

/// A document in its directory, and each directory in the one above it.
fn entries(path: &str) -> impl Iterator<Item = (&str, String)> {
    let slashes = path.match_indices('/').map(|(at, _)| at);
    slashes.map(|at| {
        let (directory, rest) = (&path[..at], &path[at + 1..]);
        (directory, rest.find('/').map_or(rest, |end| &rest[..=end]).to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(found: Result<HashSet<String>, StateError>) -> Vec<String> {
        let mut found: Vec<String> = found.unwrap().into_iter().collect();
        found.sort();
        found
    }

    #[test]
    fn documents_are_found_below_their_directories() {
        let dir = tempfile::tempdir().unwrap();
        let names = Names::new(dir.path().join("names"));
        assert!(!names.exist());
        names.add(["params/app/b.yaml", "params/app/db/a.yaml", "params/apple/c.yaml", "secrets/s.yaml"]).unwrap();
        assert!(names.exist());
        assert_eq!(sorted(names.below("params/app", Reach::Children)), ["params/app/b.yaml"]);
        assert_eq!(
            sorted(names.below("params/app", Reach::Descendants)),
            ["params/app/b.yaml", "params/app/db/a.yaml"]
        );
        assert_eq!(sorted(names.below("params", Reach::Descendants)).len(), 3);
        assert_eq!(sorted(names.below("nothing", Reach::Descendants)), Vec::<String>::new());
        names.forget(["params/app/db/a.yaml", "params/never.yaml"]).unwrap();
        assert_eq!(sorted(names.below("params/app", Reach::Descendants)), ["params/app/b.yaml"]);
    }
}
