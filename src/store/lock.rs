//! The vault's lock: one writer at a time, on one machine.

use std::fs::TryLockError;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::directory::{Directory, LOCK};
use super::error::{Problem, StoreError, Verb};
use super::files::Files;
use super::locked::LockedFile;
use super::turn::Turn;

/// Held while a change is made; released when dropped.
#[derive(Debug)]
#[must_use = "the lock is released when this is dropped"]
pub(crate) struct Lock {
    _file: LockedFile,
    /// After the file, which the next thread locks then.
    _turn: Turn,
}

impl Directory {
    /// Takes the lock, waiting for another holder until `wait` has passed. A directory that was moved or replaced since
    /// it was opened is not locked: nobody would find what is written to it.
    ///
    /// Threads that have the same directory open wait for each other. Another process is asked again and again, since
    /// the system has no way to wait for it for a limited time.
    pub(crate) fn lock(&self, wait: Duration) -> Result<Lock, StoreError> {
        let failed = |problem: Problem| StoreError::new(Verb::Lock, LOCK, problem);
        let deadline = Instant::now() + wait;
        let turn = self.turns.take(wait).ok_or_else(|| failed(Problem::Busy))?;
        let file = self.open_lock(LOCK).map_err(failed)?;
        let mut pause = Duration::from_millis(1);
        loop {
            match file.try_lock() {
                Ok(()) => {
                    let lock = Lock { _file: LockedFile::of(file), _turn: turn };
                    return if self.is_in_place() { Ok(lock) } else { Err(failed(Problem::Moved)) };
                }
                Err(TryLockError::Error(error)) => return Err(failed(error.into())),
                Err(TryLockError::WouldBlock) => {}
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(failed(Problem::Busy));
            }
            sleep(pause.min(left));
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    use super::*;

    const CHILD: &str = "VAULT_TEST_LOCK_CHILD";

    fn root() -> (tempfile::TempDir, Directory) {
        let dir = tempfile::tempdir().unwrap();
        let root = Directory::open(dir.path()).unwrap();
        (dir, root)
    }

    #[test]
    fn a_second_holder_waits_and_gives_up() {
        let (_dir, root) = root();
        let held = root.lock(Duration::ZERO).unwrap();
        let start = Instant::now();
        let error = root.lock(Duration::from_millis(60)).unwrap_err();
        assert!(matches!(error.problem, Problem::Busy));
        assert!(start.elapsed() >= Duration::from_millis(60));
        drop(held);
        assert!(root.lock(Duration::ZERO).is_ok());
    }

    #[test]
    fn a_second_holder_gets_it_as_soon_as_it_is_free() {
        let (dir, root) = root();
        let held = root.lock(Duration::ZERO).unwrap();
        let other = Directory::open(dir.path()).unwrap();
        let waiter = std::thread::spawn(move || other.lock(Duration::from_secs(20)).is_ok());
        sleep(Duration::from_millis(30));
        drop(held);
        assert!(waiter.join().unwrap());
    }

    #[test]
    fn a_thread_that_waits_is_not_overtaken_by_one_that_takes_it_again_and_again() {
        let (_dir, root) = root();
        let held = root.lock(Duration::ZERO).unwrap();
        let is_over = std::sync::atomic::AtomicBool::new(false);
        let rounds = std::thread::scope(|scope| {
            scope.spawn(|| {
                drop(root.lock(Duration::from_secs(20)).unwrap());
                is_over.store(true, std::sync::atomic::Ordering::SeqCst);
            });
            sleep(Duration::from_millis(20));
            drop(held);
            (0..1_000)
                .take_while(|_| {
                    let _held = root.lock(Duration::from_secs(20)).unwrap();
                    sleep(Duration::from_micros(100));
                    !is_over.load(std::sync::atomic::Ordering::SeqCst)
                })
                .count()
        });
        assert!(rounds <= 1, "{rounds} times");
    }

    #[test]
    fn a_directory_that_lost_its_place_is_not_locked() {
        let home = tempfile::tempdir().unwrap();
        let (place, aside) = (home.path().join("vault"), home.path().join("aside"));
        std::fs::create_dir(&place).unwrap();
        let root = Directory::open(&place).unwrap();
        let moved = || matches!(root.lock(Duration::ZERO).unwrap_err().problem, Problem::Moved);
        std::fs::rename(&place, &aside).unwrap();
        assert!(moved(), "nothing lies there");
        std::fs::create_dir(&place).unwrap();
        assert!(moved(), "another one lies there");
        std::fs::remove_dir(&place).unwrap();
        std::fs::rename(&aside, &place).unwrap();
        assert!(root.lock(Duration::ZERO).is_ok(), "it is back");
    }

    /// Runs only as the child of the next test: takes the lock, prints a line, and waits to be killed.
    #[test]
    fn child_that_holds_the_lock() {
        let Ok(path) = std::env::var(CHILD) else { return };
        let _held = Directory::open(path.as_ref()).unwrap().lock(Duration::ZERO).unwrap();
        println!("\nholding");
        sleep(Duration::from_secs(60));
    }

    #[test]
    fn another_process_is_kept_out_and_a_killed_one_leaves_no_lock() {
        let (dir, root) = root();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::lock::tests::child_that_holds_the_lock", "--nocapture"])
            .env(CHILD, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "holding"));
        assert!(matches!(root.lock(Duration::ZERO).unwrap_err().problem, Problem::Busy));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(root.lock(Duration::from_secs(5)).is_ok());
    }

    #[test]
    fn a_link_or_a_pipe_in_its_place_is_refused() {
        let (dir, root) = root();
        let target = dir.path().join("target");
        std::os::unix::fs::symlink(&target, dir.path().join(LOCK)).unwrap();
        assert!(matches!(root.lock(Duration::ZERO).unwrap_err().problem, Problem::Symlink));
        assert!(!target.exists(), "nothing was made behind the link");
        std::fs::remove_file(dir.path().join(LOCK)).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            dir.path().join(LOCK),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
            0,
        )
        .unwrap();
        assert!(matches!(root.lock(Duration::ZERO).unwrap_err().problem, Problem::NotRegular));
    }
}
