//! The file that is appended to.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

use rustix::fs::{FallocateFlags, fallocate};

use crate::machine::audit::record::{Link, Record};

/// How much of the disk is kept for what comes, so that a full disk can still be recorded.
const RESERVE: u64 = 1 << 20;

/// The file that is appended to, and what is known of its end.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) file: Arc<File>,
    pub(super) end: u64,
    pub(super) next: Link,
}

impl Open {
    /// Writes a record, as a whole or not at all.
    pub(super) fn write(&mut self, record: &Record<'_>) -> io::Result<()> {
        let line = record.line(self.next);
        let text = format!("{line}\n");
        if let Err(error) = (&*self.file).write_all(text.as_bytes()) {
            self.file.set_len(self.end)?;
            return Err(error);
        }
        let end = self.end + text.len() as u64;
        if self.end / RESERVE != end / RESERVE {
            self.reserve();
        }
        self.end = end;
        self.next = self.next.after(line.as_bytes());
        Ok(())
    }

    /// Keeps room on the disk. Where that cannot be done, the log works without.
    pub(super) fn reserve(&self) {
        let _ = fallocate(&self.file, FallocateFlags::KEEP_SIZE, self.end, 2 * RESERVE);
    }
}

/// The place behind a line.
pub(super) fn following(line: &[u8]) -> io::Result<Link> {
    Ok(Link::of(line).ok_or(io::ErrorKind::InvalidData)?.after(line))
}
