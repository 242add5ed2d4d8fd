//! How hooks run on this machine.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::endpoints::Endpoints;
use super::interrupt::Interrupt;
use super::surroundings::Surroundings;

/// How hooks run on this machine. It comes from the user's own configuration, never from a vault.
#[derive(Clone)]
pub struct Settings {
    /// Environment of hooks.
    pub surroundings: Surroundings,
    /// How long a step may take.
    pub limits: Limits,
    /// Set when a signal is terminating this process.
    pub interrupt: Interrupt,
    /// What opens the vault to AWS rotation functions, if anything does.
    pub endpoints: Option<Arc<dyn Endpoints>>,
    /// The program that runs a strategy when it is called with `hook-strategy NAME STEP`.
    pub strategies: PathBuf,
}

/// How long a step may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From start to exit.
    pub time: Duration,
    /// Between SIGTERM and SIGKILL.
    pub grace: Duration,
}

impl Default for Limits {
    /// A minute, and two seconds.
    fn default() -> Self {
        Limits { time: Duration::from_secs(60), grace: Duration::from_secs(2) }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            surroundings: Surroundings::default(),
            limits: Limits::default(),
            interrupt: Interrupt::default(),
            endpoints: None,
            strategies: own_program(),
        }
    }
}

/// This program itself, which contains the strategies.
fn own_program() -> PathBuf {
    if cfg!(target_os = "linux") {
        // Stays valid if the program is replaced while it runs.
        PathBuf::from("/proc/self/exe")
    } else {
        std::env::current_exe().unwrap_or_default()
    }
}
