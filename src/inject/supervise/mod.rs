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
mod supervision;
mod terminal;

use std::ffi::{OsStr, OsString};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;

use super::environment::Environment;
use crate::model::masker::Masker;
use crate::model::value::SecretValue;
pub use incoming::Incoming;
pub use outputs::Masked;
pub use supervision::{TIMED_OUT, supervise};

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
