//! Whether a log is whole: every line names the hash of the one before, and every signed note holds.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use super::super::private::{self, PrivateError};
use super::log::{Head, LONGEST_LINE, id};
use super::record::{Link, hash};
use super::segments::segments;

/// What is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    /// A line is no record.
    NotARecord {
        /// The number that it should have.
        seq: u64,
    },
    /// Records are missing before this one, or stand in another order.
    Gap {
        /// The number that was due.
        due: u64,
        /// The number that was found.
        found: u64,
    },
    /// A record names another hash than that of the line before: one of the two was changed.
    Broken {
        /// The number of the second one.
        seq: u64,
    },
    /// The log is shorter than it once was.
    Cut {
        /// How many records there are.
        size: u64,
        /// How many there were.
        was: u64,
    },
    /// The log differs from what was signed or anchored.
    Rewritten {
        /// The size at which it differs.
        size: u64,
    },
    /// The beginning of the log is missing, and nothing says that it was dropped.
    Beheaded {
        /// The number of the first record.
        first: u64,
    },
}

/// What a look at a whole log found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Verified {
    /// The id of the log.
    pub(crate) log: String,
    /// The number of the first record that is still there.
    pub(crate) first: u64,
    /// How many records the log has had.
    pub(crate) size: u64,
    /// How many of them are covered by the newest of the known heads.
    pub(crate) covered: u64,
    /// What is wrong.
    pub(crate) findings: Vec<Finding>,
}

/// Reads a whole log and compares it with heads that it once had, in any order.
pub(crate) fn verify(log: &Path, heads: &[Head]) -> Result<Verified, PrivateError> {
    let mut verified = Verified { log: id(log).unwrap_or_default(), ..Verified::default() };
    let mut heads: Vec<&Head> = heads.iter().filter(|head| head.log == verified.log).collect();
    heads.sort_by_key(|head| head.size);
    let mut heads = heads.into_iter().peekable();
    let mut next: Option<Link> = None;
    let mut dropped = 0;
    for path in segments(log)? {
        let failed = |source| PrivateError::Io { verb: "read", path: path.clone(), source };
        let mut lines = Lines::of(private::open_memory(&path)?);
        while let Some(line) = lines.next().map_err(failed)? {
            let due = next.map_or(0, |next| next.seq);
            let Some(link) = Link::of(line) else {
                verified.findings.push(Finding::NotARecord { seq: due });
                continue;
            };
            match next {
                None => verified.first = link.seq,
                Some(next) if link.seq != next.seq => verified.findings.push(Finding::Gap { due, found: link.seq }),
                Some(next) if link.prev != next.prev => verified.findings.push(Finding::Broken { seq: link.seq }),
                Some(_) => {}
            }
            if let Some(more) = dropped_in(line) {
                dropped = dropped.max(more);
            }
            let after = Link { seq: link.seq + 1, prev: hash(line) };
            while let Some(head) = heads.next_if(|head| head.size <= after.seq) {
                if head.size == after.seq && head.hash != after.prev {
                    verified.findings.push(Finding::Rewritten { size: head.size });
                }
                verified.covered = verified.covered.max(head.size);
            }
            next = Some(after);
        }
    }
    verified.size = next.map_or(0, |next| next.seq);
    if let Some(head) = heads.last() {
        verified.findings.push(Finding::Cut { size: verified.size, was: head.size });
    }
    if verified.first > dropped {
        verified.findings.push(Finding::Beheaded { first: verified.first });
    }
    Ok(verified)
}

/// How many records were dropped before, if a line says so.
fn dropped_in(line: &[u8]) -> Option<u64> {
    use super::record::{Action, Record};
    memchr::memmem::find(line, b"\"action\":\"drop\"")?;
    let record = Record::parse(line).filter(|record| record.action == Action::Drop)?;
    Some(record.dropped)
}

/// The lines of a file, each at most as long as a log's are.
pub(super) struct Lines {
    file: BufReader<File>,
    line: Vec<u8>,
}

impl Lines {
    pub(super) fn of(file: File) -> Self {
        Lines { file: BufReader::with_capacity(1 << 20, file), line: Vec::new() }
    }

    /// The next line, without its line feed. A line that is too long is an error.
    pub(super) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        let mut limited = io::Read::take(&mut self.file, LONGEST_LINE + 1);
        limited.read_until(b'\n', &mut self.line)?;
        match self.line.pop() {
            None => Ok(None),
            Some(b'\n') => Ok(Some(&self.line)),
            Some(_) if self.line.len() as u64 >= LONGEST_LINE => Err(io::ErrorKind::InvalidData.into()),
            // The end of a log that is being written or was torn: whoever appends next removes it.
            Some(_) => Ok(None),
        }
    }
}
