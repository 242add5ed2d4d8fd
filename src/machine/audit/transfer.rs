//! A log as one file, and logs of other machines.

use std::io;
use std::path::Path;

use super::super::private::{self, Overwrite, PrivateError};
use super::chain::verify_lines;
use super::ends::id;
use super::lines::each_line;
use super::note::Note;
use super::record::{Link, Record, hash};
use super::segments::{CURRENT, Logs, NOTES, is_id};

/// What divides the records of a file from the notes.
const NOTES_FOLLOW: &[u8] = b"notes";
/// The largest log that is brought, in bytes.
const LARGEST: usize = 1 << 30;

/// A log that was brought here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Brought {
    /// Its id.
    pub(crate) log: String,
    /// How many records it has had.
    pub(crate) size: u64,
    /// How many were not here before.
    pub(crate) new: u64,
}

/// Adds a whole log with its notes to `out`.
pub(crate) fn whole(log: &Path, out: &mut Vec<u8>) -> Result<(), PrivateError> {
    each_line(log, |line| {
        out.extend_from_slice(line);
        out.push(b'\n');
    })?;
    out.extend_from_slice(NOTES_FOLLOW);
    out.push(b'\n');
    out.extend(private::read_memory(&log.join(NOTES), LARGEST)?.unwrap_or_default());
    Ok(())
}

/// The signed notes about a log.
pub(crate) fn notes(log: &Path) -> Result<Vec<Note>, PrivateError> {
    let bytes = private::read_memory(&log.join(NOTES), LARGEST)?.unwrap_or_default();
    Ok(Note::parse_all(&String::from_utf8_lossy(&bytes)))
}

/// Takes the log in a file over, if it is whole, of this vault, and has everything that was brought before. Otherwise says
/// why not.
pub(crate) fn bring(
    logs: &Logs,
    file: &Path,
    vault: &str,
    is_rehearsal: bool,
) -> Result<Result<Brought, String>, PrivateError> {
    let bytes = read(file)?;
    let mark = [b"\n", NOTES_FOLLOW, b"\n"].concat();
    let end = memchr::memmem::find(&bytes, &mark).map_or(bytes.len(), |at| at + 1);
    let (records, rest) = bytes.split_at(end);
    let first = records.split(|byte| *byte == b'\n').next().and_then(Record::parse);
    let Some(first) = first.filter(|record| is_id(&record.log)) else { return Ok(Err("it is no log".into())) };
    if &*first.vault != vault {
        return Ok(Err("it is the log of another vault".into()));
    }
    if id(&logs.own()).as_deref() == Some(&*first.log) {
        return Ok(Err("it is the log of this machine, which is here already".into()));
    }
    let verified = verify_lines(records);
    if !verified.findings.is_empty() {
        return Ok(Err("its chain is broken: `vault audit verify` on its machine says where".into()));
    }
    let directory = logs.foreign(&first.log);
    let before = last_of(&directory)?;
    if !before.is_none_or(|before| has(records, before)) {
        return Ok(Err("it lacks records that were brought before: one of the two was rewritten".into()));
    }
    let known = before.map_or(0, |(link, _)| link.seq + 1);
    if !is_rehearsal {
        private::write_private(&directory.join(CURRENT), records, Overwrite::Replace)?;
        let notes = rest.get(NOTES_FOLLOW.len() + 1..).unwrap_or_default();
        private::write_private(&directory.join(NOTES), notes, Overwrite::Replace)?;
    }
    Ok(Ok(Brought { log: first.log.to_string(), size: verified.size, new: verified.size - known.min(verified.size) }))
}

/// The last record of a log that was brought before, and its hash.
fn last_of(directory: &Path) -> Result<Option<(Link, [u8; 32])>, PrivateError> {
    let bytes = private::read_memory(&directory.join(CURRENT), LARGEST)?.unwrap_or_default();
    let last = bytes.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty());
    Ok(last.and_then(|line| Link::of(line).map(|link| (link, hash(line)))))
}

/// Whether records have that one.
fn has(records: &[u8], (link, of): (Link, [u8; 32])) -> bool {
    records.split(|byte| *byte == b'\n').any(|line| Link::of(line) == Some(link) && hash(line) == of)
}

fn read(file: &Path) -> Result<Vec<u8>, PrivateError> {
    let failed = |source: io::Error| private::failed("read", file, source);
    let opened = std::fs::File::open(file).map_err(failed)?;
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(opened, LARGEST as u64 + 1), &mut bytes).map_err(failed)?;
    if bytes.len() > LARGEST {
        Err(PrivateError::TooLarge { path: file.to_owned(), limit: LARGEST })
    } else {
        Ok(bytes)
    }
}
