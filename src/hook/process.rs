//! One run of a child process: its input is written, its output read, its time limited, and at the end everything it
//! started is killed.

use std::io;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::io::retry_on_intr;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process_group, waitid};
use zeroize::Zeroizing;

use super::child;
use super::interrupt::Interrupt;
use super::pipe::{self, Input, Kept, Output};
use super::program::Prepared;
use super::settings::Limits;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// By itself, with this code.
    Exit(i32),
    /// By a signal that we did not send.
    Signal(i32),
    /// By us, after the time limit.
    TimedOut,
    /// By us, because its output was longer than any answer.
    Flooded,
    /// By us, because this signal is terminating our own process.
    Interrupted(i32),
    /// Unknown to the system.
    Unknown,
}

/// What more output than an answer can be means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flood {
    /// The end of the run.
    Ends,
    /// Nothing: it is read and discarded.
    Continues,
}

/// The result of a run.
pub(super) struct Outcome {
    pub(super) ending: Ending,
    /// The beginning of the standard output, and whether it was longer.
    pub(super) stdout: (Zeroizing<Vec<u8>>, bool),
    /// The end of the standard error, and whether it was longer. Not masked.
    pub(super) stderr: (Zeroizing<Vec<u8>>, bool),
}

/// A value of 64 KiB can take six times that in JSON.
const STDOUT_LIMIT: usize = 512 << 10;

/// How long outputs are read that another process holds open after the hook itself has exited.
const AFTERMATH: Duration = Duration::from_millis(200);

/// How long a program file may be busy.
const BUSY: Duration = Duration::from_secs(5);

/// The longest time until an exit, a signal or the end of the time is noticed.
const TICK_MILLISECONDS: i64 = 10;

/// Runs a program to its end. An error means that it could not be started.
///
/// `stderr_limit` is how much of the end of the standard error is kept.
pub(super) fn run(
    prepared: &mut Prepared,
    stderr_limit: usize,
    limits: Limits,
    flood: Flood,
    interrupt: &Interrupt,
) -> io::Result<Outcome> {
    let deadline = Instant::now() + limits.time;
    child::prepare(&mut prepared.command, prepared.image.as_ref().and_then(super::image::Image::descriptor));
    let command = prepared.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running::start(command, &prepared.message, stderr_limit, interrupt)?;
    let ending = running.until_end(deadline, limits.grace, flood).unwrap_or(Ending::Unknown);
    running.settle();
    Ok(Outcome { ending, stdout: running.stdout.into_parts(), stderr: running.stderr.into_parts() })
}

/// A child that is not reaped yet, so that its number and its group's are its own.
struct Running<'a> {
    leader: Leader<'a>,
    input: Input<'a>,
    stdout: Output,
    stderr: Output,
}

struct Leader<'a> {
    child: Child,
    group: Pid,
    interrupt: &'a Interrupt,
}

impl<'a> Running<'a> {
    fn start(
        command: &mut Command,
        message: &'a [u8],
        stderr_limit: usize,
        interrupt: &'a Interrupt,
    ) -> io::Result<Running<'a>> {
        let mut leader = Leader::start(command, interrupt)?;
        let closed = || io::Error::from(io::ErrorKind::BrokenPipe);
        let child = &mut leader.child;
        let input = Input::new(child.stdin.take().ok_or_else(closed)?, message)?;
        let stdout = Output::new(child.stdout.take().ok_or_else(closed)?, Kept::First(STDOUT_LIMIT))?;
        let stderr = Output::new(child.stderr.take().ok_or_else(closed)?, Kept::Last(stderr_limit))?;
        Ok(Running { leader, input, stdout, stderr })
    }

    /// Continues until the hook exits or is killed.
    fn until_end(&mut self, deadline: Instant, grace: Duration, flood: Flood) -> io::Result<Ending> {
        loop {
            let ended = self.ending()?;
            // Checked second: a hook that our signal killed must not count as one that exited by itself.
            let interrupted = self.leader.interrupt.signal().map(Ending::Interrupted);
            if interrupted.is_none()
                && let Some(ending) = ended
            {
                return Ok(ending);
            }
            let late = (Instant::now() >= deadline).then_some(Ending::TimedOut);
            let flooded = (flood == Flood::Ends && self.stdout.is_cut()).then_some(Ending::Flooded);
            if let Some(ending) = interrupted.or(flooded).or(late) {
                self.stop(grace)?;
                return Ok(ending);
            }
            self.serve();
        }
    }

    /// How it ended, if it did. It stays a zombie, so that its group can still be signalled.
    fn ending(&self) -> io::Result<Option<Ending>> {
        Ok(self.leader.status()?.map(|status| match status.exit_status() {
            Some(code) => Ending::Exit(code),
            None => Ending::Signal(status.terminating_signal().unwrap_or(0)),
        }))
    }

    /// Moves data for a moment.
    fn serve(&mut self) {
        pipe::wait(&self.input, [&self.stdout, &self.stderr], TICK_MILLISECONDS);
        self.input.fill();
        self.stdout.drain();
        self.stderr.drain();
    }

    /// Ends the hook and everything in its group: first with SIGTERM, then with SIGKILL.
    fn stop(&mut self, grace: Duration) -> io::Result<()> {
        self.leader.signal(Signal::TERM);
        let end = Instant::now() + grace;
        while self.ending()?.is_none() && Instant::now() < end {
            self.serve();
        }
        self.leader.signal(Signal::KILL);
        Ok(())
    }

    /// Reads what is left. Processes that the hook left running do not delay us for long.
    fn settle(&mut self) {
        let end = Instant::now() + AFTERMATH;
        while self.listens() && Instant::now() < end {
            self.serve();
        }
        if self.listens() {
            self.leader.signal(Signal::KILL);
            self.serve();
        }
    }

    fn listens(&self) -> bool {
        self.stdout.is_open() || self.stderr.is_open()
    }
}

impl<'a> Leader<'a> {
    fn start(command: &mut Command, interrupt: &'a Interrupt) -> io::Result<Leader<'a>> {
        let mut child = spawn(command)?;
        let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else {
            let _ = child.kill();
            return Err(io::ErrorKind::InvalidData.into());
        };
        interrupt.begin(group);
        Ok(Leader { child, group, interrupt })
    }

    /// How it exited, if it did. It is not reaped.
    fn status(&self) -> io::Result<Option<WaitIdStatus>> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(retry_on_intr(|| waitid(WaitId::Pid(self.group), options))?)
    }

    fn signal(&self, signal: Signal) {
        // It may have exited already.
        let _ = kill_process_group(self.group, signal);
    }
}

/// A program that was just written is busy for a moment if another thread is starting a child, which has a copy of every
/// descriptor until it runs its own program.
fn spawn(command: &mut Command) -> io::Result<Child> {
    let end = Instant::now() + BUSY;
    loop {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(1));
            }
            spawned => return spawned,
        }
    }
}

impl Drop for Leader<'_> {
    /// Reaps it; if it is still running, it is killed with its group, because nobody would wait for it.
    fn drop(&mut self) {
        if !matches!(self.status(), Ok(Some(_))) {
            self.signal(Signal::KILL);
        }
        self.interrupt.end(self.group);
        let _ = self.child.wait();
    }
}
