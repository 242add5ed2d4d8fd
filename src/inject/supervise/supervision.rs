//! A program under supervision, from its first start to its last exit.

use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::child::{self, Child, Step};
use super::incoming::{self, Arrived, CloseReason, Event, Incoming};
use super::observer::{Notice, Observer};
use super::outputs::Outputs;
use super::program::{Launch, OnChange, Program, Settings};
use super::terminal::Terminal;
use crate::inject::execute::ExecuteError;

/// The exit code of a program that took too long, as timeout(1) has it.
pub(crate) const TIMED_OUT: u8 = 124;

/// How often values are checked.
const LOOK: Duration = Duration::from_secs(1);

/// Runs the program to its end, and returns the exit code for this process.
pub(crate) fn supervise(
    program: Program<'_>,
    launch: Launch,
    settings: Settings,
    incoming: Incoming,
    observer: &mut dyn Observer,
) -> Result<u8, ExecuteError> {
    let now = Instant::now();
    let failed = |cause| ExecuteError::Failed { command: program.command.to_owned(), cause };
    let outputs = Outputs::plan(settings.masked).map_err(failed)?;
    let terminal = Terminal::controlling();
    let (sender, events) = incoming.into_parts();
    let start = |launch| child::start(program, launch, &outputs, terminal.is_some(), &sender);
    let mut supervision = Supervision {
        child: start(launch)?,
        settings,
        observer,
        events,
        stopping: None,
        is_held_open: false,
        next: None,
        deadline: settings.timeout.and_then(|timeout| now.checked_add(timeout)),
        next_look: now + LOOK,
    };
    loop {
        match supervision.until_end() {
            End::Again(launch) => supervision.again(start(launch)?),
            End::Code { code, is_violent } => {
                if let Some(terminal) = terminal.filter(|_| is_violent) {
                    terminal.restore();
                }
                return Ok(code);
            }
        }
    }
}

struct Supervision<'a> {
    child: Child,
    settings: Settings,
    observer: &'a mut dyn Observer,
    events: Receiver<Event>,
    stopping: Option<Stopping>,
    /// Whether it was already reported that another process holds an output open: usually it holds both streams.
    is_held_open: bool,
    /// What the next run gets, once this one has ended.
    next: Option<Launch>,
    deadline: Option<Instant>,
    next_look: Instant,
}

/// A program that was asked to exit.
#[derive(Clone, Copy)]
struct Stopping {
    is_late: bool,
    /// `None` once it was killed.
    kill_at: Option<Instant>,
}

enum End {
    /// The process exits with this code; `violent` if the program could not restore the terminal.
    Code { code: u8, is_violent: bool },
    /// The program starts again.
    Again(Launch),
}

impl Supervision<'_> {
    fn until_end(&mut self) -> End {
        loop {
            let wait = self.next_instant().map(|at| at.saturating_duration_since(Instant::now()));
            let event = match wait {
                Some(wait) => self.events.recv_timeout(wait).ok(),
                None => self.events.recv().ok(),
            };
            match event {
                Some(Event::Signal(arrived)) => {
                    if let Some(signal) = self.arrived(arrived) {
                        return End::Code { code: code_of_signal(signal), is_violent: true };
                    }
                }
                Some(Event::Closed(closing)) => self.closed(closing),
                None => {}
            }
            if let Some(end) = self.end() {
                return end;
            }
            self.keep_time(Instant::now());
        }
    }

    /// The result, once the program has exited and its output was passed on.
    fn end(&mut self) -> Option<End> {
        let ending = self.child.ending().filter(|_| !self.child.is_heard())?;
        if let Some(launch) = self.next.take() {
            return Some(End::Again(launch));
        }
        let is_late = self.stopping.is_some_and(|stopping| stopping.is_late);
        let code = if is_late { TIMED_OUT } else { ending.code() };
        Some(End::Code { code, is_violent: is_late || ending.is_signal() })
    }

    fn again(&mut self, child: Child) {
        self.child = child;
        self.stopping = None;
        self.is_held_open = false;
    }

    /// Handles a signal. If there is no program any more, a terminating signal terminates this process: it is returned
    /// then.
    fn arrived(&mut self, arrived: Arrived) -> Option<Signal> {
        match arrived.signal {
            Signal::CHILD => self.child_moved(),
            Signal::WINCH => {
                self.child.resize();
                self.child.signal(Signal::WINCH);
            }
            signal if self.child.ending().is_some() => return arrived.ends_a_process().then_some(signal),
            signal => {
                if arrived.ends_a_process() {
                    // A request to terminate cancels a restart.
                    self.next = None;
                }
                // A program in the same group already got it from the terminal.
                if !arrived.is_from_system || self.child.has_own_group() {
                    self.child.signal(signal);
                }
            }
        }
        None
    }

    /// The program, or an orphan, changed its state.
    fn child_moved(&mut self) {
        if self.stopping.is_some() {
            self.child.kill_rest();
        }
        match (self.child.step(), self.stopping) {
            (Step::Stopped, None) => incoming::stop_too(),
            (Step::Stopped, Some(_)) => self.child.signal(Signal::CONT),
            (Step::Ended | Step::None, _) => {}
        }
    }

    fn closed(&mut self, closing: CloseReason) {
        self.child.closed();
        match closing {
            CloseReason::End | CloseReason::ReaderGone => {}
            CloseReason::HeldOpen if self.is_held_open => {}
            CloseReason::HeldOpen => {
                self.is_held_open = true;
                self.observer.tell(Notice::HeldOpen);
            }
            CloseReason::Failed(cause) => self.observer.tell(Notice::OutputFailed(cause)),
        }
    }

    fn keep_time(&mut self, now: Instant) {
        if self.child.ending().is_some() {
            return;
        }
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            self.deadline = None;
            self.next = None;
            self.observer.tell(Notice::TimedOut);
            self.stop(true, now);
        }
        if let Some(stopping) = &mut self.stopping
            && stopping.kill_at.is_some_and(|at| now >= at)
        {
            stopping.kill_at = None;
            self.observer.tell(Notice::Killed);
            self.child.signal_all(Signal::KILL);
        }
        let is_late = self.stopping.is_some_and(|stopping| stopping.is_late);
        if self.observer.watches() && !is_late && now >= self.next_look {
            if let Some(launch) = self.observer.look() {
                self.changed(launch, now);
            }
            self.next_look = Instant::now() + LOOK;
        }
    }

    fn changed(&mut self, launch: Launch, now: Instant) {
        match self.settings.on_change {
            OnChange::Restart => {
                self.next = Some(launch);
                self.stop(false, now);
            }
            OnChange::Signal(signal) => {
                self.child.learn(launch.masker);
                self.child.signal(signal);
            }
        }
    }

    /// Asks the program to exit; if it was asked before, it gets no more time.
    fn stop(&mut self, is_late: bool, now: Instant) {
        let kill_at = if let Some(before) = self.stopping {
            before.kill_at
        } else {
            // As timeout(1) does: a shell that waits for another program would not notice.
            let send = if is_late { Child::signal_all } else { Child::signal };
            send(&self.child, Signal::TERM);
            // Nor would one that is stopped.
            send(&self.child, Signal::CONT);
            now.checked_add(self.settings.grace)
        };
        self.stopping = Some(Stopping { is_late, kill_at });
    }

    fn next_instant(&self) -> Option<Instant> {
        if self.child.ending().is_some() {
            return None;
        }
        let look = self.observer.watches().then_some(self.next_look);
        let kill = self.stopping.and_then(|stopping| stopping.kill_at);
        [self.deadline, kill, look].into_iter().flatten().min()
    }
}

/// As shells have it.
fn code_of_signal(signal: Signal) -> u8 {
    u8::try_from(128 + signal.as_raw()).unwrap_or(u8::MAX)
}
