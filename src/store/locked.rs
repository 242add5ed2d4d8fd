//! A locked file.

use std::fs::File;

/// A file locked by this process; released on drop.
///
/// Closing the file is not enough: a child that another thread is just starting has a copy of the descriptor until it
/// runs its program, and the lock lasts as long as there is a copy.
#[derive(Debug)]
#[must_use = "the lock is released when this is dropped"]
pub(crate) struct LockedFile(File);

impl LockedFile {
    /// What was locked already.
    pub(crate) fn of(file: File) -> Self {
        LockedFile(file)
    }
}

impl Drop for LockedFile {
    fn drop(&mut self) {
        // Except for such a child, the close that follows would release the lock anyway.
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_the_descriptor_does_not_keep_the_lock() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("lock");
        let file = File::create(&path).unwrap();
        let copy = file.try_clone().unwrap();
        file.lock().unwrap();
        let held = LockedFile::of(file);
        let other = File::open(&path).unwrap();
        assert!(other.try_lock().is_err());
        drop(held);
        other.try_lock().unwrap();
        drop(copy);
    }
}
