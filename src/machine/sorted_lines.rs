//! A file of sorted lines: one is found without looking at the others, as a directory may have thousands.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::path::Path;

use super::state_file::{self, StateError};

/// Lines in the order of their bytes, each with its end.
#[derive(Debug, Default)]
pub(super) struct SortedLines(String);

impl SortedLines {
    /// The lines of a file; none if there is no file.
    pub(super) fn read(path: &Path) -> Result<Self, StateError> {
        let text = String::from_utf8(state_file::read(path)?.unwrap_or_default());
        text.map(SortedLines).map_err(|_| StateError::damaged(path))
    }

    /// Replaces the file.
    pub(super) fn write(&self, path: &Path) -> Result<(), StateError> {
        state_file::write(path, self.0.as_bytes())
    }

    /// The lines that begin like this.
    pub(super) fn beginning_with<'a>(&'a self, beginning: &'a str) -> impl Iterator<Item = &'a str> {
        self.0[self.place_of(beginning)..].lines().take_while(move |line| line.starts_with(beginning))
    }

    /// Adds lines. Whether one of them was not there.
    pub(super) fn add(&mut self, added: &BTreeSet<String>) -> bool {
        let new: Vec<&str> = added.iter().map(String::as_str).filter(|line| !self.contains(line)).collect();
        let is_changed = !new.is_empty();
        if is_changed {
            let mut lines: Vec<&str> = self.0.lines().chain(new).collect();
            lines.sort_unstable();
            self.0 = lines.into_iter().flat_map(|line| [line, "\n"]).collect();
        }
        is_changed
    }

    /// Removes lines. Whether one of them was there.
    pub(super) fn remove(&mut self, removed: &BTreeSet<String>) -> bool {
        let is_changed = removed.iter().any(|line| self.contains(line));
        if is_changed {
            let stays = |line: &&str| !removed.contains(line.trim_end_matches('\n'));
            self.0 = self.0.split_inclusive('\n').filter(stays).collect();
        }
        is_changed
    }

    fn contains(&self, line: &str) -> bool {
        self.0[self.place_of(line)..].strip_prefix(line).is_some_and(|rest| rest.starts_with('\n'))
    }

    /// Where a line begins or belongs: the beginning of the first line that does not come before it.
    fn place_of(&self, wanted: &str) -> usize {
        let bytes = self.0.as_bytes();
        let is_end = |byte: &u8| *byte == b'\n';
        let (mut from, mut to) = (0, bytes.len());
        while from < to {
            let middle = from.midpoint(to);
            let begin = bytes[from..middle].iter().rposition(is_end).map_or(from, |end| from + end + 1);
            let end = bytes[middle..to].iter().position(is_end).map_or(to, |end| middle + end);
            match bytes[begin..end].cmp(wanted.as_bytes()) {
                Ordering::Less => from = to.min(end + 1),
                Ordering::Equal | Ordering::Greater => to = begin,
            }
        }
        from
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_a_sorted_set_of_lines(
            changes in prop::collection::vec((any::<bool>(), prop::collection::btree_set("[ab/é ]{0,3}", 0..4)), 0..20),
        ) {
            let (mut lines, mut model) = (SortedLines::default(), BTreeSet::new());
            for (adds, some) in changes {
                let before = model.clone();
                if adds {
                    model.extend(some.iter().cloned());
                    prop_assert_eq!(lines.add(&some), model != before);
                } else {
                    model.retain(|line| !some.contains(line));
                    prop_assert_eq!(lines.remove(&some), model != before);
                }
                prop_assert_eq!(&lines.0, &model.iter().flat_map(|line| [line, "\n"]).collect::<String>());
                for beginning in ["", "a", "b/", "é"] {
                    let expected: Vec<&String> = model.iter().filter(|line| line.starts_with(beginning)).collect();
                    prop_assert_eq!(lines.beginning_with(beginning).collect::<Vec<_>>(), expected);
                }
            }
        }
    }
}
