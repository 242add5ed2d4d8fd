//! The documents that were seen in one place, by directory, so that a listing notices one that is gone without reading every mark.
//!
//! A line for each entry of a directory, `<directory> <entry>`, in 256 files by the first byte of the directory's SHA-256; an entry that
//! ends with a slash is a directory itself. They can be made again from the marks.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::expected::Expected;
use super::sorted_lines::SortedLines;
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
    pub(super) fn below(&self, directory: &str, reach: Reach) -> Result<Expected, StateError> {
        let (mut found, mut open) = (Vec::new(), vec![directory.to_owned()]);
        let mut files: BTreeMap<u8, SortedLines> = BTreeMap::new();
        while let Some(directory) = open.pop() {
            let number = number_of(&directory);
            let lines = match files.entry(number) {
                Entry::Occupied(occupied) => occupied.into_mut(),
                Entry::Vacant(vacant) => vacant.insert(self.load(number)?),
            };
            let beginning = format!("{directory} ");
            for entry in lines.beginning_with(&beginning).filter_map(|line| line.strip_prefix(&beginning)) {
                let path = |entry| [&directory, "/", entry].concat();
                match entry.strip_suffix('/') {
                    Some(child) if reach == Reach::Descendants => open.push(path(child)),
                    Some(_) => {}
                    None => found.push(path(entry)),
                }
            }
        }
        Ok(Expected::new(found))
    }

    /// Adds documents, and the directories that lead to them.
    pub(super) fn add<'a>(&self, paths: impl IntoIterator<Item = &'a str>) -> Result<(), StateError> {
        self.change(paths.into_iter().flat_map(entries), SortedLines::add)
    }

    /// Removes documents. Their directories stay.
    pub(super) fn forget<'a>(&self, paths: impl IntoIterator<Item = &'a str>) -> Result<(), StateError> {
        let leaves = paths.into_iter().filter_map(|path| path.rsplit_once('/'));
        self.change(leaves.map(|(directory, leaf)| (directory, leaf.to_owned())), SortedLines::remove)
    }

    fn change<'a>(
        &self,
        entries: impl Iterator<Item = (&'a str, String)>,
        apply: fn(&mut SortedLines, &BTreeSet<String>) -> bool,
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
            if apply(&mut lines, &changes) {
                lines.write(&numbered(&self.dir, number))?;
            }
        }
        Ok(())
    }

    fn load(&self, number: u8) -> Result<SortedLines, StateError> {
        SortedLines::read(&numbered(&self.dir, number))
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

    fn sorted(found: Result<Expected, StateError>) -> Vec<String> {
        found.unwrap().missing().collect()
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
