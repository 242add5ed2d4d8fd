//! The options of `vault exec` that make vault stay.

use std::io::{self, IsTerminal};
use std::time::Duration;

use clap::Args;
use rustix::process::Signal;

use crate::cli::report::time;
use crate::inject::ci::Host;
use crate::inject::delivery::Ways;
use crate::inject::supervise::{Masked, OnChange};
use crate::inject::variable::Variable;

/// What a program may do with the sources that are served to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Reach {
    /// Read them.
    Read,
    /// Change them too.
    Write,
}

/// The options that make vault supervise the program. Without any of them the program replaces vault.
#[derive(Debug, Args)]
pub(crate) struct SupervisionArgs {
    /// Replace values in the program's output with ***, also on a terminal
    #[arg(long, conflicts_with = "no_mask")]
    mask: bool,
    /// Do not mask the program's output
    #[arg(long)]
    no_mask: bool,
    /// When a value changes, restart the program, or send it a signal such as HUP
    #[arg(long, value_name = "restart|SIGNAL", num_args = 0..=1, require_equals = true, default_missing_value = "restart", value_parser = action)]
    pub(super) watch: Option<OnChange>,
    /// Stop the program after this time, such as 90s or 1h30m, with exit code 124
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) timeout: Option<Duration>,
    /// How long the program may take to exit before it is killed [default: 10s]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    kill_after: Option<Duration>,
    /// Pass this variable's value in an in-memory file, with its path in NAME_FILE; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(super) file: Vec<Variable>,
    /// Let the program read the sources itself, as from AWS: with an endpoint and credentials in its environment
    #[arg(long, value_name = "read|write", num_args = 0..=1, require_equals = true, default_missing_value = "read")]
    pub(super) serve: Option<Reach>,
    /// Pass this variable's value on the program's standard input
    #[arg(long, value_name = "NAME")]
    pub(super) stdin: Option<Variable>,
}

impl SupervisionArgs {
    /// Whether the program is watched over: where an option needs that, and where a job's output is kept by its host.
    pub(crate) fn is_wanted(&self, host: Option<Host>) -> bool {
        let is_asked = self.mask || self.watch.is_some() || self.timeout.is_some() || self.kill_after.is_some();
        let is_needed = !self.file.is_empty() || self.stdin.is_some() || self.serve.is_some();
        is_asked || is_needed || (host.is_some() && !self.no_mask)
    }

    /// Which streams are masked: by default all that are not a terminal.
    pub(crate) fn masked(&self) -> Masked {
        let is_masked = |is_terminal: bool| !self.no_mask && (self.mask || !is_terminal);
        Masked { stdout: is_masked(io::stdout().is_terminal()), stderr: is_masked(io::stderr().is_terminal()) }
    }

    /// How long the program may take to exit.
    pub(super) fn grace(&self) -> Duration {
        self.kill_after.unwrap_or(Duration::from_secs(10))
    }

    /// Which values do not go into variables.
    pub(crate) fn ways(&self) -> Ways {
        Ways { files: self.file.clone(), input: self.stdin.clone() }
    }
}

/// The signals that make programs reload or exit.
const SIGNALS: [(&str, Signal); 7] = [
    ("HUP", Signal::HUP),
    ("INT", Signal::INT),
    ("QUIT", Signal::QUIT),
    ("TERM", Signal::TERM),
    ("USR1", Signal::USR1),
    ("USR2", Signal::USR2),
    ("WINCH", Signal::WINCH),
];

fn action(text: &str) -> Result<OnChange, String> {
    if text == "restart" {
        return Ok(OnChange::Restart);
    }
    let text = text.to_ascii_uppercase();
    let wanted = text.strip_prefix("SIG").unwrap_or(&text);
    let signal = SIGNALS.iter().find(|(name, _)| *name == wanted).map(|(_, signal)| OnChange::Signal(*signal));
    signal.ok_or_else(|| "`restart`, or one of HUP, INT, QUIT, TERM, USR1, USR2 and WINCH".to_owned())
}

/// How a signal is called in messages.
pub(crate) fn name(signal: Signal) -> String {
    let known = SIGNALS.iter().find(|(_, known)| *known == signal);
    known.map_or_else(|| format!("signal {}", signal.as_raw()), |(name, _)| format!("SIG{name}"))
}

/// A number alone is seconds, as timeout(1) has it.
fn duration(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<u32>().ok().map(|seconds| Duration::from_secs(seconds.into()));
    seconds
        .or_else(|| time::duration(text))
        .filter(|given: &Duration| !given.is_zero())
        .ok_or_else(|| "a time such as `90s`, `10m` or `1h30m`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_or_have_units() {
        for (text, expected) in [("90", 90_000), ("90s", 90_000), ("1h30m", 5_400_000), ("500ms", 500)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(expected)), "{text}");
        }
        for bad in ["", "0", "0s", "-1s", "soon", "1d"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn actions_are_a_restart_or_a_signal() {
        assert_eq!(action("restart"), Ok(OnChange::Restart));
        for text in ["HUP", "hup", "SIGHUP"] {
            assert_eq!(action(text), Ok(OnChange::Signal(Signal::HUP)));
        }
        for bad in ["", "KILL", "STOP", "SIG", "1"] {
            assert!(action(bad).is_err(), "{bad}");
        }
    }
}
