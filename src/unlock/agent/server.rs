//! The server. One thread per connection, a few at a time, each with a time limit; one thread that watches the clock.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::error::AgentError;
use super::lease::{Lease, Left};
use super::locked_memory::LockedMemory;
use super::wire::{PATIENCE, Request, Timed, read_line};
use super::{client, peer, place};
use crate::machine::private::{self, PrivateError};
use crate::store::locked::LockedFile;

/// The maximum number of concurrent connections. Further ones are rejected.
const MAX_CONNECTIONS: usize = 16;
/// The clock keeps running while the machine is suspended, but waiting does not, so each wait is short.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How long an agent waits for its predecessor, which waits for its connections.
const PREDECESSOR_LIMIT: Duration = Duration::from_secs(3 * PATIENCE.as_secs());

/// Why an agent could not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    /// The directory or the lock.
    #[error(transparent)]
    File(#[from] PrivateError),
    /// The directory is not for this user alone.
    #[error("`{}` is a directory that other users can reach", .0.display())]
    Directory(PathBuf),
    /// Another agent is still running there.
    #[error("another unlock agent is still running")]
    Taken,
    /// The socket.
    #[error("cannot listen: {0}")]
    Socket(#[from] io::Error),
}

/// An agent that listens.
pub(crate) struct Agent {
    socket: PathBuf,
    listener: UnixListener,
    lease: Lease,
    /// Time since some fixed moment, counting the time that the machine is suspended.
    clock: fn() -> Duration,
    held: Mutex<Held>,
    talking: AtomicUsize,
    wakeup: (UnixStream, UnixStream),
    /// Held as long as the process lives: the holder may replace and remove the socket.
    _turn: LockedFile,
}

struct Held {
    /// `None` once it is locked.
    secret: Option<LockedMemory>,
    began: Duration,
    used: Duration,
}

impl Agent {
    /// Replaces any running agent and listens. `umask` must keep others out.
    pub(crate) fn begin(
        socket: &Path,
        secret: LockedMemory,
        lease: Lease,
        clock: fn() -> Duration,
    ) -> Result<Arc<Self>, ServeError> {
        let directory = socket.parent().unwrap_or(Path::new("/"));
        private::create_directory(directory)?;
        place::check_directory(directory).map_err(|_| ServeError::Directory(directory.to_owned()))?;
        let turn = take_turn(socket, directory)?;
        let listener = listen(socket)?;
        let wakeup = UnixStream::pair()?;
        let now = clock();
        let held = Mutex::new(Held { secret: Some(secret), began: now, used: now });
        let socket = socket.to_owned();
        let talking = AtomicUsize::new(0);
        Ok(Arc::new(Agent { socket, listener, lease, clock, held, talking, wakeup, _turn: turn }))
    }

    /// Answers until it times out or is locked. Nothing is held any more when this returns.
    pub(crate) fn serve(self: &Arc<Self>) {
        loop {
            // A separate statement: connections need the lock while this one waits.
            let remaining = self.remaining(&self.held());
            let Some((total, idle)) = remaining else { break };
            self.wait(total.min(idle).min(LONGEST_WAIT));
            // Do not start a thread for another user.
            if let Ok((stream, _)) = self.listener.accept()
                && peer::is_own(&stream)
            {
                self.talk_to(stream);
            }
        }
        self.end();
        self.part();
    }

    /// Wipes what is held and removes the socket. Doing it again changes nothing.
    pub(crate) fn end(&self) {
        self.held().secret = None;
        let _ = fs::remove_file(&self.socket);
        let _ = (&self.wakeup.0).write_all(b"!");
    }

    /// Waits for open connections: the process exits next, and the client that locked it must get its answer.
    fn part(&self) {
        const PAUSE: Duration = Duration::from_millis(5);
        // Every connection times out well before.
        let end = Instant::now() + 2 * PATIENCE;
        while self.talking.load(Ordering::SeqCst) > 0 && Instant::now() < end {
            thread::sleep(PAUSE);
        }
    }

    fn wait(&self, longest: Duration) {
        let timeout = Timespec {
            tv_sec: i64::try_from(longest.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: longest.subsec_nanos().into(),
        };
        let mut watched = [PollFd::new(&self.listener, PollFlags::IN), PollFd::new(&self.wakeup.1, PollFlags::IN)];
        // An interrupted wait is a short one.
        let _ = poll(&mut watched, Some(&timeout));
    }

    fn talk_to(self: &Arc<Self>, stream: UnixStream) {
        if self.talking.fetch_add(1, Ordering::SeqCst) >= MAX_CONNECTIONS {
            self.talking.fetch_sub(1, Ordering::SeqCst);
            return;
        }
        let agent = Arc::clone(self);
        let started = thread::Builder::new().name("conversation".to_owned()).spawn(move || {
            // A peer that hangs up or sends nonsense is simply disconnected.
            let _ = agent.answer(&stream);
            agent.talking.fetch_sub(1, Ordering::SeqCst);
        });
        if started.is_err() {
            self.talking.fetch_sub(1, Ordering::SeqCst);
        }
    }

    fn answer(&self, stream: &UnixStream) -> io::Result<()> {
        // On some systems the connection inherits the listener's mode.
        stream.set_nonblocking(false)?;
        let mut talk = Timed::new(stream, PATIENCE);
        match Request::parse(&read_line(&mut talk)?) {
            Some(Request::Identity) => self.give(&mut talk),
            Some(Request::Status) => {
                // A separate statement: nobody waits for the lock while this one writes.
                let left = self.left(&self.held());
                talk.write_all(left.map_or_else(|| "locked\n".to_owned(), Left::line).as_bytes())
            }
            Some(Request::Lock) => {
                self.end();
                talk.write_all(b"ok\n")
            }
            None => talk.write_all(b"no\n"),
        }
    }

    /// Straight from its pages into the socket. A hanging reader blocks nobody: the limit fits into a socket's buffer.
    fn give(&self, talk: &mut Timed<'_>) -> io::Result<()> {
        let mut held = self.held();
        let is_over = self.left(&held).is_none();
        let Some(secret) = held.secret.as_ref().filter(|_| !is_over) else {
            return talk.write_all(b"locked\n");
        };
        talk.write_all(format!("ok {}\n", secret.bytes().len()).as_bytes())?;
        talk.write_all(secret.bytes())?;
        held.used = (self.clock)();
        Ok(())
    }

    /// What is left; `None` if it is over.
    fn left(&self, held: &Held) -> Option<Left> {
        let (total, idle) = self.remaining(held)?;
        Some(Left { total: total.as_secs(), idle: idle.min(total).as_secs(), process: std::process::id() })
    }

    fn remaining(&self, held: &Held) -> Option<(Duration, Duration)> {
        held.secret.as_ref()?;
        let now = (self.clock)();
        let left = |limit: Duration, since: Duration| {
            limit.checked_sub(now.saturating_sub(since)).filter(|left| !left.is_zero())
        };
        Some((left(self.lease.total, held.began)?, left(self.lease.idle, held.used)?))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lock of this agent's path. An agent that holds it is told to stop.
fn take_turn(socket: &Path, directory: &Path) -> Result<LockedFile, ServeError> {
    const PAUSE: Duration = Duration::from_millis(10);
    let name = format!("{}.lock", socket.file_stem().unwrap_or_default().to_string_lossy());
    for _ in 0..PREDECESSOR_LIMIT.as_millis() / PAUSE.as_millis() {
        if let Some(turn) = private::try_lock_memory(directory, &name)? {
            return Ok(turn);
        }
        // One that is not listening yet is asked again.
        if let Err(AgentError::Silent) = client::lock(socket) {
            break;
        }
        thread::sleep(PAUSE);
    }
    Err(ServeError::Taken)
}

/// Binds a temporary name and moves it into place, so that a dead socket is replaced in one step.
fn listen(socket: &Path) -> io::Result<UnixListener> {
    let mut fresh = socket.as_os_str().to_owned();
    fresh.push(".new");
    let _ = fs::remove_file(&fresh);
    let listener = UnixListener::bind(&fresh)?;
    fs::set_permissions(&fresh, fs::Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    fs::rename(&fresh, socket)?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::fs::MetadataExt;
    use std::sync::atomic::AtomicU64;

    use super::*;

    /// A clock that tests move. Every test has one of its own.
    macro_rules! clock {
        ($seconds:ident, $clock:ident) => {
            static $seconds: AtomicU64 = AtomicU64::new(1000);
            fn $clock() -> Duration {
                Duration::from_secs($seconds.load(Ordering::SeqCst))
            }
        };
    }

    clock!(STILL, still);

    const LEASE: Lease = Lease { total: Duration::from_secs(100), idle: Duration::from_secs(10) };

    struct Running {
        home: tempfile::TempDir,
        agent: Arc<Agent>,
        thread: Option<thread::JoinHandle<()>>,
    }

    impl Running {
        fn new(clock: fn() -> Duration) -> Self {
            let home = tempfile::tempdir().unwrap();
            let agent = begin(&home.path().join("a/s.sock"), b"secret", clock);
            let serving = Arc::clone(&agent);
            Running { home, agent, thread: Some(thread::spawn(move || serving.serve())) }
        }

        fn socket(&self) -> PathBuf {
            self.home.path().join("a/s.sock")
        }

        fn ended(mut self) {
            self.thread.take().unwrap().join().unwrap();
            assert!(!self.socket().exists());
        }
    }

    impl Drop for Running {
        fn drop(&mut self) {
            self.agent.end();
        }
    }

    fn begin(socket: &Path, secret: &[u8], clock: fn() -> Duration) -> Arc<Agent> {
        Agent::begin(socket, LockedMemory::read_from(secret).unwrap(), LEASE, clock).unwrap()
    }

    #[test]
    fn it_gives_what_it_holds_and_says_for_how_long() {
        let running = Running::new(still);
        assert_eq!(**client::identity(&running.socket()).unwrap(), *b"secret");
        let left = client::status(&running.socket()).unwrap();
        assert_eq!((left.total, left.idle, left.process), (100, 10, std::process::id()));
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(&running.socket()), 0o600);
        assert_eq!(mode(running.socket().parent().unwrap()), 0o700);
    }

    #[test]
    fn lock_wipes_it_ends_it_and_removes_the_socket() {
        let running = Running::new(still);
        client::lock(&running.socket()).unwrap();
        assert!(running.agent.held().secret.is_none());
        assert!(matches!(client::identity(&running.socket()), Err(AgentError::Absent)));
        running.ended();
    }

    #[test]
    fn it_ends_after_the_last_conversation() {
        let mut running = Running::new(still);
        let mut stream = UnixStream::connect(running.socket()).unwrap();
        stream.write_all(b"vault-agent 1 ").unwrap();
        while running.agent.talking.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
        client::lock(&running.socket()).unwrap();
        running.thread.take().unwrap().join().unwrap();
        assert_eq!(running.agent.talking.load(Ordering::SeqCst), 0, "somebody was cut off");
    }

    #[test]
    fn use_puts_off_the_idle_end_but_not_the_other() {
        clock!(NOW, now);
        let running = Running::new(now);
        for _ in 0..11 {
            NOW.fetch_add(9, Ordering::SeqCst);
            client::identity(&running.socket()).unwrap();
        }
        assert_eq!(client::status(&running.socket()).unwrap().total, 1);
        NOW.fetch_add(1, Ordering::SeqCst);
        assert!(client::identity(&running.socket()).is_err());
        running.ended();
    }

    #[test]
    fn asking_for_the_status_is_no_use() {
        clock!(NOW, now);
        let running = Running::new(now);
        NOW.fetch_add(9, Ordering::SeqCst);
        assert_eq!(client::status(&running.socket()).unwrap().idle, 1);
        NOW.fetch_add(1, Ordering::SeqCst);
        assert!(client::identity(&running.socket()).is_err());
        running.ended();
    }

    #[test]
    fn nonsense_and_too_much_get_no_identity_and_leave_it_running() {
        let running = Running::new(still);
        let nonsense: [&[u8]; 5] =
            [b"\n", b"vault-agent 2 identity\n", b"GET / HTTP/1.1\r\n\r\n", &[0xff; 4096], b"vault-agent 1 identity"];
        for request in nonsense {
            let mut stream = UnixStream::connect(running.socket()).unwrap();
            let _ = stream.write_all(request);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            assert!(answer.is_empty() || answer == b"no\n", "{answer:?}");
        }
        client::identity(&running.socket()).unwrap();
    }

    #[test]
    fn those_who_say_nothing_hold_nobody_up_and_are_hung_up_on() {
        let running = Running::new(still);
        let mut silent: Vec<_> =
            (0..MAX_CONNECTIONS - 1).map(|_| UnixStream::connect(running.socket()).unwrap()).collect();
        // Waiting for all of them would take longer than this one waits.
        client::identity(&running.socket()).unwrap();
        assert_eq!(silent[0].read(&mut [0]).unwrap(), 0);
    }

    #[test]
    fn a_socket_that_nobody_listens_on_is_replaced() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("a");
        private::create_directory(&directory).unwrap();
        let socket = directory.join("s.sock");
        drop(UnixListener::bind(&socket).unwrap());
        let agent = begin(&socket, b"next", still);
        let serving = Arc::clone(&agent);
        let thread = thread::spawn(move || serving.serve());
        assert_eq!(**client::identity(&socket).unwrap(), *b"next");
        agent.end();
        thread.join().unwrap();
    }

    #[test]
    fn a_directory_that_others_can_reach_is_refused() {
        let home = tempfile::tempdir().unwrap();
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let secret = LockedMemory::read_from(&b"secret"[..]).unwrap();
        let refused = Agent::begin(&home.path().join("s.sock"), secret, LEASE, still);
        assert!(matches!(refused, Err(ServeError::Directory(_))));
    }
}
