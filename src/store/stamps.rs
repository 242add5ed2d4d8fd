//! When directories and files were last changed, for a program that waits for a change.
//!
//! A document is never written in place: it is replaced, here as by git, and that changes the time of its directory. So
//! no file has to be read to see that nothing has changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::model::time::Timestamp;

/// The times of directories or files. Missing ones have no time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamps(BTreeMap<PathBuf, Option<SystemTime>>);

impl Stamps {
    /// The times of a directory and of all directories below it.
    pub(crate) fn below(directory: &Path) -> Stamps {
        let mut stamps = BTreeMap::new();
        collect(directory, &mut stamps);
        Stamps(stamps)
    }

    /// The times of single files.
    pub(crate) fn of(files: &[PathBuf]) -> Stamps {
        Stamps(files.iter().map(|file| (file.clone(), time(file))).collect())
    }

    /// Whether the last change was seconds ago, so that a later one leaves another time.
    pub(crate) fn are_older_than(&self, now: Timestamp) -> bool {
        let second = |time: &SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let newest = self.0.values().flatten().map(second).max().unwrap_or(0);
        i64::try_from(newest).is_ok_and(|newest| newest + 1 < now.unix())
    }

    /// Whether all of them are what they were. A directory cannot appear without a change of the one around it.
    pub(crate) fn are_current(&self) -> bool {
        self.0.iter().all(|(path, before)| time(path) == *before)
    }
}

fn collect(directory: &Path, stamps: &mut BTreeMap<PathBuf, Option<SystemTime>>) {
    // Before its content is read: what changes in the meantime is noticed next time.
    stamps.insert(directory.to_owned(), time(directory));
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        if entry.file_name() != ".git" {
            collect(&entry.path(), stamps);
        }
    }
}

fn time(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|found| found.modified()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_document_a_new_directory_and_a_changed_file_are_seen() {
        let place = tempfile::tempdir().unwrap();
        let (vault, map) = (place.path().join("vault"), place.path().join("map.yaml"));
        fs::create_dir_all(vault.join("params/app")).unwrap();
        fs::write(vault.join("params/app/db.yaml"), "1").unwrap();
        let stamps = || [Stamps::below(&vault), Stamps::of(std::slice::from_ref(&map))];
        let are_current = |stamps: &[Stamps; 2]| stamps.iter().all(Stamps::are_current);
        // Directories get a time of long ago, so that the clock of the file system does not have to move on.
        let age = || {
            for directory in [&vault, &vault.join("params"), &vault.join("params/app")] {
                fs::File::open(directory).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
            }
        };
        let changes: [fn(&Path); 3] = [
            |place| {
                fs::write(place.join("vault/next"), "2").unwrap();
                fs::rename(place.join("vault/next"), place.join("vault/params/app/db.yaml")).unwrap();
            },
            |place| fs::create_dir(place.join("vault/secrets")).unwrap(),
            |place| fs::write(place.join("map.yaml"), "A: /x").unwrap(),
        ];
        age();
        let [old, _] = stamps();
        assert!(old.are_older_than(Timestamp::from_unix(2)) && !old.are_older_than(Timestamp::from_unix(1)));
        for change in changes {
            age();
            let before = stamps();
            assert!(are_current(&before));
            change(place.path());
            assert!(!are_current(&before));
        }
    }
}
