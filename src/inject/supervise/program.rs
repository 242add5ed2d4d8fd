//! What is supervised, and how.

use std::ffi::{OsStr, OsString};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;

use super::outputs::Masked;
use crate::inject::environment::Environment;
use crate::model::masker::Masker;
use crate::model::value::SecretValue;

/// What is run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Program<'a> {
    /// The command as it was typed.
    pub command: &'a OsStr,
    /// Its arguments.
    pub arguments: &'a [OsString],
    /// Where a command without a slash is searched for.
    pub search: Option<&'a OsStr>,
}

/// The values for one run of the program.
pub(crate) struct Launch {
    /// Its environment.
    pub environment: Environment,
    /// What it reads from its standard input, if that is not inherited.
    pub input: Option<SecretValue>,
    /// What is masked.
    pub masker: Arc<Masker>,
}

/// How the program is supervised.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// The streams that are masked.
    pub masked: Masked,
    /// How long the program may run, including restarts.
    pub timeout: Option<Duration>,
    /// Between SIGTERM and SIGKILL.
    pub grace: Duration,
    /// What happens when a value changes.
    pub on_change: OnChange,
}

/// What happens when a value changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnChange {
    /// The program is restarted.
    Restart,
    /// It gets this signal.
    Signal(Signal),
}
