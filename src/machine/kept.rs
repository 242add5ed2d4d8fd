//! Which of a place's files with marks exist, so that a missing one is noticed.
//!
//! One small file for each place and branch, beside the marks and not among them: a bit for each of the 256 files that has marks. It
//! is read only where a file with marks is missing or empty, and when marks are written, under their lock.

use std::path::PathBuf;

use data_encoding::HEXLOWER;

use super::state_file::{self, StateError};

type Bits = [u8; 32];

/// Which files with marks a place has.
#[derive(Debug)]
pub(super) struct Kept {
    path: PathBuf,
}

impl Kept {
    pub(super) fn new(path: PathBuf) -> Self {
        Kept { path }
    }

    /// Whether the file of that number had marks. What cannot be read says nothing.
    pub(super) fn contains(&self, number: u8) -> bool {
        let (byte, bit) = place_of(number);
        self.load()[byte] & bit != 0
    }

    /// Sets for some files whether they have marks.
    pub(super) fn set(&self, files: &[(u8, bool)]) -> Result<(), StateError> {
        let before = self.load();
        let mut bits = before;
        for (number, has_marks) in files {
            let (byte, bit) = place_of(*number);
            bits[byte] = if *has_marks { bits[byte] | bit } else { bits[byte] & !bit };
        }
        if bits == before { Ok(()) } else { state_file::write(&self.path, HEXLOWER.encode(&bits).as_bytes()) }
    }

    fn load(&self) -> Bits {
        let text = state_file::read(&self.path).ok().flatten().unwrap_or_default();
        HEXLOWER.decode(&text).ok().and_then(|bytes| bytes.try_into().ok()).unwrap_or_default()
    }
}

fn place_of(number: u8) -> (usize, u8) {
    (usize::from(number / 8), 1 << (number % 8))
}
