//! Whether a log is whole: every line names the hash of the one before, and every signed note holds.

use std::iter::Peekable;
use std::path::Path;
use std::vec::IntoIter;

use super::super::private::PrivateError;
use super::ends::id;
use super::lines::each_line;
use super::log::Head;
use super::record::{Action, Link, Record};

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
    each_line(log, |line| walk.step(line))?;
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
        let after = link.after(line);
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
