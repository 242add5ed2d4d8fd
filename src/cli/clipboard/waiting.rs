//! The processes that wait to clear the clipboard. Each holds a file that is named by its number, locked as long as it lives.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::cli::env;
use crate::machine::private;

/// The beginning of the files' names.
const NAME: &str = "clipboard-";
/// How long a process may take to clear the clipboard.
const PATIENCE: Duration = Duration::from_secs(2);

/// The file of this process.
pub(super) struct Waiting {
    _lock: File,
    path: PathBuf,
}

impl Waiting {
    pub(super) fn begin() -> io::Result<Self> {
        let directory = directory().ok_or(io::ErrorKind::NotFound)?;
        private::create_directory(&directory).map_err(io::Error::other)?;
        let path = directory.join(format!("{NAME}{}", std::process::id()));
        let lock = File::options().create(true).truncate(false).write(true).mode(0o600).open(&path)?;
        lock.try_lock().map_err(io::Error::from)?;
        Ok(Waiting { _lock: lock, path })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether a process waits. Files of processes that were killed are removed.
pub(crate) fn is_any() -> bool {
    !all().is_empty()
}

/// Has each of them clear the clipboard now, and waits until they have. Returns whether there was one, and all are done.
pub(crate) fn end() -> bool {
    let all = all();
    for (process, _) in &all {
        let _ = kill_process(*process, Signal::TERM);
    }
    let late = Instant::now() + PATIENCE;
    !all.is_empty() && all.iter().all(|(_, lock)| ends(lock, late))
}

fn ends(lock: &File, late: Instant) -> bool {
    while lock.try_lock().is_err() {
        if Instant::now() > late {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}

fn all() -> Vec<(Pid, File)> {
    let entries = directory().and_then(|directory| fs::read_dir(directory).ok()).into_iter().flatten().flatten();
    entries.filter_map(|entry| waiting(&entry.path())).collect()
}

/// The process whose file it is. Nobody can lock a file while its process lives, so a number that was given away again is never meant.
fn waiting(path: &Path) -> Option<(Pid, File)> {
    let number = path.file_name()?.to_str()?.strip_prefix(NAME)?.parse().ok()?;
    let file = File::open(path).ok()?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Some((Pid::from_raw(number)?, file)),
        Err(TryLockError::Error(_)) => None,
        Ok(()) => {
            let _ = fs::remove_file(path);
            None
        }
    }
}

fn directory() -> Option<PathBuf> {
    Some(env::agent_places().ok()?.directory())
}
