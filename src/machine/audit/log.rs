//! Appending to a log: one lock, one write for each record, whatever else runs on this machine.

mod open;

use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use rand::RngCore;
use rand::rngs::OsRng;

use self::open::{Open, following};
use super::super::private::{self, PrivateError};
use super::lines::{first_line, last_line};
use super::record::{Action, Link, Record};
use super::segments::{CURRENT, NOTES, full, segments};

/// A file that has this many bytes is full: the next record begins another one.
const FULL: u64 = 16 << 20;
/// How long a writer waits for another one.
const PATIENCE: Duration = Duration::from_secs(10);

/// The log of this machine and user for one vault.
#[derive(Debug)]
pub(crate) struct AuditLog {
    directory: PathBuf,
    vault: String,
    full: u64,
    known: Mutex<Known>,
}

/// What this process has open.
#[derive(Debug, Default)]
struct Known {
    lock: Option<File>,
    open: Option<Open>,
}

/// The end of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The log: 32 hexadecimal digits.
    pub log: String,
    /// How many records it has had.
    pub size: u64,
    /// The hash of the last one.
    pub hash: [u8; 32],
}

/// Whether a record must survive a failure of power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// It survives the death of the process, and not one of the machine: openings.
    Process,
    /// It is on the disk before anything goes on: changes and refusals.
    Disk,
}

impl AuditLog {
    /// The log in a directory, which need not exist.
    pub(crate) fn at(directory: PathBuf, vault: String) -> Self {
        AuditLog { directory, vault, full: FULL, known: Mutex::default() }
    }

    /// Adds a record behind the last one. Returns how many there have been.
    pub(crate) fn append(&self, record: &Record<'_>, durability: Durability) -> Result<u64, PrivateError> {
        let (count, file) = self.changed(&record.time, |open| {
            open.write(record).map_err(|source| self.failed("write", source))?;
            Ok((open.next.seq, Arc::clone(&open.file)))
        })?;
        if durability == Durability::Disk {
            self.wait_for(&file)?;
        }
        Ok(count)
    }

    /// Whether this is the log in that directory.
    pub(crate) fn is_at(&self, directory: &Path) -> bool {
        self.directory == directory
    }

    /// What this process has added is on the disk when this returns.
    pub(crate) fn sync(&self) -> Result<(), PrivateError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let file = known.open.as_ref().map(|open| Arc::clone(&open.file));
        drop(known);
        file.map_or(Ok(()), |file| self.wait_for(&file))
    }

    /// Waits for the disk without a lock, so that others append meanwhile. A file that is full is on the disk already.
    fn wait_for(&self, file: &File) -> Result<(), PrivateError> {
        file.sync_data().map_err(|source| self.failed("write", source))
    }

    /// The end of the log; nothing if there is none.
    pub(crate) fn head(&self, time: &str) -> Result<Option<Head>, PrivateError> {
        if !self.path().exists() {
            return Ok(None);
        }
        self.changed(time, |open| {
            let first = first_line(&open.file).map_err(|source| self.failed("read", source))?;
            let log = Record::parse(&first).map(|record| record.log.into_owned()).unwrap_or_default();
            Ok(Some(Head { log, size: open.next.seq, hash: open.next.prev }))
        })
    }

    /// Adds a signed note about the log.
    pub(crate) fn add_note(&self, note: &str) -> Result<(), PrivateError> {
        private::append_private(&self.directory.join(NOTES), format!("{note}\n").as_bytes())
    }

    /// Drops whole files that are older than an instant, except for the one that is appended to, and records that.
    pub(crate) fn drop_before(&self, oldest: &str, now: &str) -> Result<u64, PrivateError> {
        let all = segments(&self.directory)?;
        let mut dropped = 0;
        for (path, after) in all.iter().zip(all.iter().skip(1)) {
            let file = private::open_memory(after)?;
            let next = first_line(&file).map_err(|source| self.failed("read", source))?;
            let Some((begun, link)) = Record::parse(&next).zip(Link::of(&next)) else { break };
            if &*begun.time >= oldest {
                break;
            }
            std::fs::remove_file(path).map_err(|source| self.failed("remove", source))?;
            dropped = link.seq;
        }
        if dropped > 0 {
            let record = Record { time: now.into(), action: Action::Drop, dropped, ..Record::default() };
            self.append(&record, Durability::Disk)?;
        }
        Ok(dropped)
    }

    /// Does something with the end of the log, while nobody else appends.
    fn changed<T>(
        &self,
        time: &str,
        change: impl FnOnce(&mut Open) -> Result<T, PrivateError>,
    ) -> Result<T, PrivateError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Known { lock, open: known } = &mut *known;
        let file = self.locked(lock)?;
        let changed = self.changed_alone(known, time, change);
        // The file stays open for the next record; closing it would release the lock anyway.
        let _ = file.unlock();
        changed
    }

    fn changed_alone<T>(
        &self,
        known: &mut Option<Open>,
        time: &str,
        change: impl FnOnce(&mut Open) -> Result<T, PrivateError>,
    ) -> Result<T, PrivateError> {
        let mut open = self.found(known.take(), time).map_err(|source| self.failed("read", source))?;
        if open.end >= self.full {
            open = self.rotated(&open, time).map_err(|source| self.failed("write", source))?;
        }
        let changed = change(&mut open)?;
        *known = Some(open);
        Ok(changed)
    }

    /// Waits for the lock, and returns the file that is locked.
    fn locked<'a>(&self, kept: &'a mut Option<File>) -> Result<&'a File, PrivateError> {
        let end = Instant::now() + PATIENCE;
        let opened =
            kept.take().map_or_else(|| private::open_lock(&self.directory, &self.directory.join(".lock")), Ok)?;
        let file = kept.insert(opened);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if Instant::now() < end => std::thread::sleep(Duration::from_micros(200)),
                Err(TryLockError::WouldBlock) => return Err(self.failed("lock", io::ErrorKind::TimedOut.into())),
                Err(TryLockError::Error(source)) => return Err(self.failed("lock", source)),
            }
        }
    }

    /// The file that is appended to: the one that is known, if nobody has appended since.
    fn found(&self, known: Option<Open>, time: &str) -> io::Result<Open> {
        let path = self.path();
        if let Some(known) = known {
            let (here, there) = (known.file.metadata()?, std::fs::metadata(&path));
            if there.is_ok_and(|there| there.ino() == here.ino() && there.dev() == here.dev())
                && here.len() == known.end
            {
                return Ok(known);
            }
        }
        let (file, end) = private::open_appended(&path).map_err(io::Error::other)?;
        let (whole, last) = last_line(&file, end)?;
        if whole < end {
            file.set_len(whole)?;
        }
        let next = match &last {
            Some(line) => following(line)?,
            None => self.before()?.map_or(Ok(Link { seq: 0, prev: [0; 32] }), |line| following(&line))?,
        };
        let mut open = Open { file: Arc::new(file), end: whole, next };
        if last.is_none() {
            self.begin(&mut open, time)?;
        }
        if whole < end {
            open.write(&Record {
                time: time.into(),
                action: Action::Recover,
                dropped: end - whole,
                ..Record::default()
            })?;
        }
        Ok(open)
    }

    /// The last line of the file before the one that is appended to.
    fn before(&self) -> io::Result<Option<Vec<u8>>> {
        let Some(path) = self.full_files()?.pop() else { return Ok(None) };
        let file = File::open(path)?;
        let end = file.metadata()?.len();
        Ok(last_line(&file, end)?.1)
    }

    /// The files before the one that is appended to, the oldest first.
    fn full_files(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = segments(&self.directory).map_err(io::Error::other)?;
        files.retain(|path| *path != self.path());
        Ok(files)
    }

    /// The first record of a file: which log it is of.
    fn begin(&self, open: &mut Open, time: &str) -> io::Result<()> {
        let oldest = self.full_files()?.into_iter().next();
        let known = oldest.map(|path| first_line(&File::open(path)?)).transpose()?;
        let known = known.as_deref().and_then(Record::parse).map(|record| record.log.into_owned());
        let log = known.filter(|log| !log.is_empty()).unwrap_or_else(new_id);
        open.reserve();
        let (time, vault) = (time.into(), (&*self.vault).into());
        open.write(&Record { time, action: Action::Begin, log: log.into(), vault, ..Record::default() })
    }

    /// Begins another file. The full one gets the number of its first record as its name.
    fn rotated(&self, open: &Open, time: &str) -> io::Result<Open> {
        open.file.sync_data()?;
        let first = Link::of(&first_line(&open.file)?).map_or(0, |link| link.seq);
        std::fs::rename(self.path(), self.directory.join(full(first)))?;
        self.found(None, time)
    }

    fn path(&self) -> PathBuf {
        self.directory.join(CURRENT)
    }

    fn failed(&self, verb: &'static str, source: io::Error) -> PrivateError {
        // What already says which file it is about stays as it is.
        source.downcast().unwrap_or_else(|source| PrivateError::Io { verb, path: self.path(), source })
    }
}

fn new_id() -> String {
    let mut id = [0; 16];
    OsRng.fill_bytes(&mut id);
    HEXLOWER.encode(&id)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::super::chain::{Finding, verify};
    use super::super::ends::id;
    use super::*;

    fn record(name: &str) -> Record<'_> {
        Record { name: name.into(), time: "2026-11-29T08:00:00.000Z".into(), ..Record::default() }
    }

    fn log(directory: &Path) -> AuditLog {
        AuditLog { full: 3_000, ..AuditLog::at(directory.to_owned(), "vlt1x".into()) }
    }

    fn lines(directory: &Path) -> Vec<String> {
        let all = segments(directory).unwrap();
        all.iter()
            .flat_map(|path| fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect::<Vec<_>>())
            .collect()
    }

    #[test]
    fn records_are_chained_over_files() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("audit/own");
        for number in 0..40 {
            // Another process each time.
            log(&directory).append(&record(&number.to_string()), Durability::Process).unwrap();
        }
        assert!(segments(&directory).unwrap().len() > 2);
        let verified = verify(&directory, &[]).unwrap();
        assert_eq!(verified.findings, []);
        let begun = lines(&directory).iter().filter(|line| line.contains("\"action\":\"begin\"")).count() as u64;
        assert_eq!(verified.size, 40 + begun);
        let mode = fs::metadata(directory.join(CURRENT)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn processes_that_append_at_once_lose_nothing() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("own");
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let directory = &directory;
                scope.spawn(move || {
                    for number in 0..50 {
                        let name = format!("{thread}/{number}");
                        log(directory).append(&record(&name), Durability::Process).unwrap();
                    }
                });
            }
        });
        let verified = verify(&directory, &[]).unwrap();
        assert_eq!(verified.findings, []);
        assert_eq!(lines(&directory).iter().filter(|line| line.contains("\"name\":\"")).count(), 400);
    }

    #[test]
    fn a_torn_end_is_removed_and_said() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().to_owned();
        log(&directory).append(&record("one"), Durability::Disk).unwrap();
        let path = directory.join(CURRENT);
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend_from_slice(b"{\"seq\":2,\"pre");
        fs::write(&path, bytes).unwrap();
        log(&directory).append(&record("two"), Durability::Disk).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("\"action\":\"recover\"") && text.contains("\"dropped\":13"), "{text}");
        assert_eq!(verify(&directory, &[]).unwrap().findings, []);
    }

    #[test]
    fn a_kill_between_two_files_is_no_gap() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().to_owned();
        log(&directory).append(&record("one"), Durability::Disk).unwrap();
        fs::rename(directory.join(CURRENT), directory.join(full(0))).unwrap();
        fs::write(directory.join(CURRENT), "").unwrap();
        fs::set_permissions(directory.join(CURRENT), fs::Permissions::from_mode(0o600)).unwrap();
        log(&directory).append(&record("two"), Durability::Disk).unwrap();
        assert_eq!(verify(&directory, &[]).unwrap().findings, []);
        assert!(id(&directory).is_some_and(|id| lines(&directory)[2].contains(&id)), "both files are of one log");
    }

    #[test]
    fn what_is_dropped_is_said_and_the_chain_goes_on() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().to_owned();
        for number in 0..40 {
            let time = format!("2026-11-{:02}T08:00:00.000Z", number / 2 + 1);
            let record = Record { time: time.into(), ..record("x") };
            log(&directory).append(&record, Durability::Process).unwrap();
        }
        let dropped = log(&directory).drop_before("2026-11-15", "2026-11-29T08:00:00.000Z").unwrap();
        assert!(dropped > 0);
        let verified = verify(&directory, &[]).unwrap();
        assert_eq!(verified.findings, []);
        assert_eq!(verified.first, dropped);
    }

    #[test]
    fn a_log_of_somebody_else_or_a_link_is_not_written() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().to_owned();
        std::os::unix::fs::symlink("/dev/null", directory.join(CURRENT)).unwrap();
        assert!(log(&directory).append(&record("one"), Durability::Process).is_err());
    }

    #[test]
    fn a_line_that_was_changed_is_found_by_whoever_appends_or_verifies() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().to_owned();
        for name in ["one", "two", "three"] {
            log(&directory).append(&record(name), Durability::Process).unwrap();
        }
        let path = directory.join(CURRENT);
        let text = fs::read_to_string(&path).unwrap().replace("\"name\":\"two\"", "\"name\":\"tow\"");
        fs::write(&path, text).unwrap();
        assert_eq!(verify(&directory, &[]).unwrap().findings, [Finding::Broken { seq: 3 }]);
    }
}
