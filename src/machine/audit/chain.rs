//! Whether a log is whole: every line names the hash of the one before, and every signed note holds.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::iter::Peekable;
use std::path::Path;
use std::vec::IntoIter;

use super::super::private::{self, PrivateError};
use super::ends::id;
use super::lines::LONGEST_LINE;
use super::log::Head;
use super::record::{Action, Link, Record, hash};
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
    let id = id(log).unwrap_or_default();
    let mut walk = Walk::over(id, heads);
    for path in segments(log)? {
        let failed = |source| PrivateError::Io { verb: "read", path: path.clone(), source };
        let mut lines = Lines::of(private::open_memory(&path)?);
        while let Some(line) = lines.next().map_err(failed)? {
            walk.step(line);
        }
    }
    Ok(walk.end())
}

/// The same for the lines of a log that is in memory.
pub(super) fn verify_lines(log: &[u8]) -> Verified {
    let mut walk = Walk::over(String::new(), &[]);
    log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).for_each(|line| walk.step(line));
    walk.end()
}

/// A walk over the lines of a log, the oldest first.
struct Walk<'a> {
    verified: Verified,
    next: Option<Link>,
    dropped: u64,
    heads: Peekable<IntoIter<&'a Head>>,
}

impl<'a> Walk<'a> {
    fn over(log: String, heads: &'a [Head]) -> Self {
        let mut heads: Vec<&Head> = heads.iter().filter(|head| head.log == log).collect();
        heads.sort_by_key(|head| head.size);
        let verified = Verified { log, ..Verified::default() };
        Walk { verified, next: None, dropped: 0, heads: heads.into_iter().peekable() }
    }

    fn step(&mut self, line: &[u8]) {
        let due = self.next.map_or(0, |next| next.seq);
        let Some(link) = Link::of(line) else {
            return self.verified.findings.push(Finding::NotARecord { seq: due });
        };
        match self.next {
            None => self.verified.first = link.seq,
            Some(next) if link.seq != next.seq => self.verified.findings.push(Finding::Gap { due, found: link.seq }),
            Some(next) if link.prev != next.prev => self.verified.findings.push(Finding::Broken { seq: link.seq }),
            Some(_) => {}
        }
        self.dropped = self.dropped.max(dropped_in(line).unwrap_or_default());
        let after = Link { seq: link.seq + 1, prev: hash(line) };
        while let Some(head) = self.heads.next_if(|head| head.size <= after.seq) {
            if head.size == after.seq && head.hash != after.prev {
                self.verified.findings.push(Finding::Rewritten { size: head.size });
            }
            self.verified.covered = self.verified.covered.max(head.size);
        }
        self.next = Some(after);
    }

    fn end(self) -> Verified {
        let mut verified = self.verified;
        verified.size = self.next.map_or(0, |next| next.seq);
        if let Some(head) = self.heads.last() {
            verified.findings.push(Finding::Cut { size: verified.size, was: head.size });
        }
        if verified.first > self.dropped {
            verified.findings.push(Finding::Beheaded { first: verified.first });
        }
        verified
    }
}

/// How many records were dropped before, if a line says so.
fn dropped_in(line: &[u8]) -> Option<u64> {
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
            Some(b'\n') => Ok(Some(&self.line)),
            Some(_) if self.line.len() as u64 >= LONGEST_LINE => Err(io::ErrorKind::InvalidData.into()),
            // The end of a log that is being written or was torn: whoever appends next removes it.
            None | Some(_) => Ok(None),
        }
    }
}
