//! One run of the program.

use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::sync::Arc;

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitOptions, WaitStatus, kill_process, kill_process_group, wait, waitid,
};

use super::feed::{self, Input};
use super::flow::{self, Known};
use super::incoming::Events;
use super::outputs::{Connected, Outputs};
use super::program::{Launch, Program};
use super::terminal;
use crate::inject::execute::{self, ExecuteError};
use crate::model::masker::Masker;

/// A started program.
pub(super) struct Child {
    pid: Pid,
    has_own_group: bool,
    /// Outputs that are still passed on.
    heard: usize,
    /// Terminals that were made for it.
    terminals: Vec<OwnedFd>,
    known: Arc<Known>,
    /// Closed once the program has exited.
    end: Option<PipeWriter>,
    ending: Option<Ending>,
}

/// How a program ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ending(WaitStatus);

/// What happened to the program since the last check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    None,
    Stopped,
    Ended,
}

/// Starts the program. Its values are wiped when this returns, except what it reads as its input.
pub(super) fn start(
    program: Program<'_>,
    launch: Launch,
    outputs: &Outputs,
    shares_group: bool,
    events: &Events,
) -> Result<Child, ExecuteError> {
    let failed = |cause| ExecuteError::Failed { command: program.command.to_owned(), cause };
    let mut command = execute::command(program.command, program.arguments, &launch.environment, program.search)?;
    if !shares_group {
        command.process_group(0);
    }
    let input = launch.input.map(|value| feed::connect(value, &mut command)).transpose().map_err(failed)?;
    let connected = outputs.connect(&mut command).map_err(failed)?;
    let (ended, end) = io::pipe().map_err(failed)?;
    let spawned = command.spawn();
    // It contains the program's ends of pipes and terminals.
    drop(command);
    let spawned = spawned.map_err(|cause| {
        let bytes = execute::size(program.command, program.arguments, &launch.environment);
        execute::refusal(program.command, cause, bytes)
    })?;
    let mut child = Child {
        pid: Pid::from_child(&spawned),
        has_own_group: !shares_group,
        heard: 0,
        terminals: Vec::new(),
        known: Arc::new(Known::new(launch.masker)),
        end: Some(end),
        ending: None,
    };
    child.join(connected, input, &ended, events).map_err(|cause| {
        // Nobody would read its output.
        child.signal_all(Signal::KILL);
        failed(cause)
    })?;
    Ok(child)
}

impl Child {
    /// Starts passing on its outputs and its input.
    fn join(
        &mut self,
        outputs: Vec<Connected>,
        input: Option<Input>,
        ended: &PipeReader,
        events: &Events,
    ) -> io::Result<()> {
        for output in outputs {
            self.terminals.extend(output.terminal);
            flow::start(output.from, output.to, &self.known, ended, events)?;
            self.heard += 1;
        }
        input.map_or(Ok(()), Input::start)
    }

    /// How it ended, once it did.
    pub(super) fn ending(&self) -> Option<Ending> {
        self.ending
    }

    /// Whether some of its output is still being passed on.
    pub(super) fn is_heard(&self) -> bool {
        self.heard > 0
    }

    pub(super) fn has_own_group(&self) -> bool {
        self.has_own_group
    }

    /// An output came to its end.
    pub(super) fn closed(&mut self) {
        self.heard -= 1;
    }

    /// New values to mask.
    pub(super) fn learn(&self, masker: Arc<Masker>) {
        self.known.learn(masker);
    }

    /// Sends a signal to the program alone.
    pub(super) fn signal(&self, signal: Signal) {
        // Once it is reaped, its number may belong to another process.
        if self.ending.is_none() {
            let _ = kill_process(self.pid, signal);
        }
    }

    /// Sends a signal to the whole group, if the program has its own.
    pub(super) fn signal_all(&self, signal: Signal) {
        if self.has_own_group && self.ending.is_none() {
            let _ = kill_process_group(self.pid, signal);
        } else {
            self.signal(signal);
        }
    }

    /// Resizes its terminals to the size of ours.
    pub(super) fn resize(&self) {
        for made in &self.terminals {
            terminal::copy_size(made);
        }
    }

    /// After a program that was asked to exit has exited, kills what it left in its group. As long as it is not reaped,
    /// the group's number is its own.
    pub(super) fn kill_rest(&self) {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        if self.has_own_group && matches!(waitid(WaitId::Pid(self.pid), options), Ok(Some(_))) {
            self.signal_all(Signal::KILL);
        }
    }

    /// Reaps what has ended: the program, and orphans that were given to this process.
    pub(super) fn step(&mut self) -> Step {
        let mut step = Step::None;
        while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG | WaitOptions::UNTRACED) {
            if pid != self.pid || self.ending.is_some() {
                continue;
            }
            if status.stopped() {
                step = Step::Stopped;
            } else if status.exited() || status.signaled() {
                self.ending = Some(Ending(status));
                self.end = None;
                step = Step::Ended;
            }
        }
        step
    }
}

impl Ending {
    /// Its exit code, or 128 and the signal.
    pub(super) fn code(self) -> u8 {
        let signal = || self.0.terminating_signal().map(|signal| 128 + signal);
        self.0.exit_status().or_else(signal).and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
    }

    pub(super) fn is_signal(self) -> bool {
        self.0.signaled()
    }
}
