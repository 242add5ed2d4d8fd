//! A program that is watched over: its output masked, its time limited, signals handed on, started again when values change.
//!
//! Where this process has a controlling terminal, the program shares its process group: Ctrl-C, Ctrl-Z and `fg` reach both, as
//! they would reach the program alone, and a pager beside it keeps the terminal. A signal that the terminal sent is therefore not
//! handed on; one that another process sent to this one is. Without a terminal the program gets a group of its own, all of which
//! ends with it when it takes too long or is started again.
//!
//! This process does what the program does: it stops when the program stops, and ends with its code, or with 128 and the
//! number of the signal that ended it.

mod child;
mod feed;
mod flow;
mod incoming;
mod outputs;
mod terminal;

use std::ffi::{OsStr, OsString};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::environment::Environment;
use super::execute::ExecuteError;
use crate::model::masker::Masker;
use crate::model::value::SecretValue;
use child::{Child, Step};
use flow::Closing;
pub use incoming::Incoming;
use incoming::{Arrived, Event};
pub use outputs::Masked;
use outputs::Outputs;
use terminal::Terminal;

/// What is run.
#[derive(Debug, Clone, Copy)]
pub struct Program<'a> {
    /// The command as it was typed.
    pub command: &'a OsStr,
    /// Its arguments.
    pub arguments: &'a [OsString],
    /// Where a command without a slash is looked for.
    pub search: Option<&'a OsStr>,
}

/// The values that one run of the program gets.
pub struct Launch {
    /// Its environment.
    pub environment: Environment,
    /// What it reads from its standard input, if that is not inherited.
    pub input: Option<SecretValue>,
    /// What is masked.
    pub masker: Arc<Masker>,
}

/// How the program is watched over.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// The streams that are masked.
    pub masked: Masked,
    /// How long the program may take, however often it is started again.
    pub timeout: Option<Duration>,
    /// Between SIGTERM and SIGKILL.
    pub grace: Duration,
    /// What happens when a value changes.
    pub on_change: OnChange,
}

/// What happens when a value changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnChange {
    /// The program is ended and started again.
    Restart,
    /// It gets this signal.
    Signal(Signal),
}

/// What a person should know of a run.
#[derive(Debug)]
pub enum Notice {
    /// The time was up; the program was asked to end.
    TimedOut,
    /// It did not end within the grace period and was killed.
    Killed,
    /// Something that the program started still holds its output, which nobody reads any more.
    HeldOpen,
    /// Its output could not be passed on.
    OutputFailed(std::io::Error),
}

/// Who is told, and who knows new values.
pub trait Overseer {
    /// Something happened.
    fn tell(&mut self, notice: Notice);

    /// Called about once a second if [`Overseer::watches`]: what the program gets now, if that has changed.
    fn look(&mut self) -> Option<Launch>;

    /// Whether values are watched.
    fn watches(&self) -> bool;
}

/// The exit code of a program that took too long, as timeout(1) has it.
pub const TIMED_OUT: u8 = 124;

/// How often values are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Runs the program to its end, and returns the exit code for this process.
pub fn supervise(
    program: Program<'_>,
    launch: Launch,
    settings: Settings,
    incoming: Incoming,
    overseer: &mut dyn Overseer,
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
        overseer,
        events,
        stopping: None,
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
    overseer: &'a mut dyn Overseer,
    events: Receiver<Event>,
    stopping: Option<Stopping>,
    /// What the next run gets, once this one has ended.
    next: Option<Launch>,
    deadline: Option<Instant>,
    next_look: Instant,
}

/// A program that was asked to end.
#[derive(Clone, Copy)]
struct Stopping {
    is_late: bool,
    /// Nothing once it was killed.
    kill_at: Option<Instant>,
}

enum End {
    /// The process ends with this code; violent is a program that could not put the terminal right.
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

    /// The end, once the program has ended and its output was passed on.
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
    }

    /// Takes a signal. One that is to end a process ends this one when there is no program any more: returns it then.
    fn arrived(&mut self, arrived: Arrived) -> Option<Signal> {
        match arrived.signal {
            Signal::CHILD => self.child_moved(),
            Signal::WINCH => {
                self.child.resize();
                self.child.signal(Signal::WINCH);
            }
            signal if self.child.ending().is_some() => return arrived.ends_a_process().then_some(signal),
            // The program is in the same group and has it from the terminal.
            _ if arrived.is_from_system && !self.child.has_own_group() => {}
            signal => self.child.signal(signal),
        }
        None
    }

    /// Something became of the program, or of an orphan.
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

    fn closed(&mut self, closing: Closing) {
        self.child.closed();
        match closing {
            Closing::End | Closing::ReaderGone => {}
            // Its two streams are often held together.
            Closing::HeldOpen if self.child.is_heard() => {}
            Closing::HeldOpen => self.overseer.tell(Notice::HeldOpen),
            Closing::Failed(cause) => self.overseer.tell(Notice::OutputFailed(cause)),
        }
    }

    fn keep_time(&mut self, now: Instant) {
        if self.child.ending().is_some() {
            return;
        }
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            self.deadline = None;
            self.next = None;
            self.overseer.tell(Notice::TimedOut);
            self.stop(true, now);
        }
        if let Some(stopping) = &mut self.stopping
            && stopping.kill_at.is_some_and(|at| now >= at)
        {
            stopping.kill_at = None;
            self.overseer.tell(Notice::Killed);
            self.child.signal_all(Signal::KILL);
        }
        let is_late = self.stopping.is_some_and(|stopping| stopping.is_late);
        if self.overseer.watches() && !is_late && now >= self.next_look {
            if let Some(launch) = self.overseer.look() {
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

    /// Asks the program to end; one that is asked already is not given more time.
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
        let look = self.overseer.watches().then_some(self.next_look);
        let kill = self.stopping.and_then(|stopping| stopping.kill_at);
        [self.deadline, kill, look].into_iter().flatten().min()
    }
}

/// As shells have it.
fn code_of_signal(signal: Signal) -> u8 {
    u8::try_from(128 + signal.as_raw()).unwrap_or(u8::MAX)
}

type Events = Sender<Event>;
