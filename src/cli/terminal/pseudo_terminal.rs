//! For tests: a copy of the test binary, running one ignored test on a terminal of its own.

use std::io::{Read, Write};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use pty_process::blocking::{Command, Pts, Pty, open};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

/// How long anything may take before a test gives up: long, because the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(120);
/// What no program writes.
const END: &str = "<the end of the terminal>";

/// A child on its terminal.
pub(crate) struct Session {
    child: Child,
    writer: Pty,
    output: Receiver<Vec<u8>>,
    seen: String,
    checked: usize,
    /// Kept open, so that the terminal's settings outlive the child.
    terminal: Pts,
}

impl Session {
    /// Runs the ignored test `name`. Without `stdin` of its own, the child reads the terminal.
    pub(crate) fn of_test(name: &str, environment: &[(&str, &str)], stdin: Option<Stdio>) -> Self {
        let (pty, terminal) = open().unwrap();
        let command = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "-q", name])
            .envs(environment.iter().copied());
        let mut command = if let Some(stdin) = stdin { command.stdin(stdin) } else { command };
        let child = command.spawn_borrowed(&terminal).unwrap();
        let mut reader = std::fs::File::from(std::os::fd::AsFd::as_fd(&pty).try_clone_to_owned().unwrap());
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        Session { child, writer: pty, output, seen: String::new(), checked: 0, terminal }
    }

    /// Waits for a text after the one that was last waited for.
    pub(crate) fn expect(&mut self, text: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(place) = self.seen[self.checked..].find(text) {
                self.checked += place + text.len();
                return;
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("no {text:?} in {:?}", &self.seen[self.checked..])
                }
            }
        }
    }

    pub(crate) fn send(&mut self, text: &str) {
        // Slowly enough for a terminal, which holds 4 KiB that nobody has read yet.
        for part in text.as_bytes().chunks(1000) {
            self.writer.write_all(part).unwrap();
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether the terminal shows what is typed.
    pub(crate) fn is_echoing(&self) -> bool {
        tcgetattr(&self.terminal).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// Whether the terminal collects lines.
    pub(crate) fn is_canonical(&self) -> bool {
        tcgetattr(&self.terminal).unwrap().local_modes.contains(LocalModes::ICANON)
    }

    /// Sends a signal to the child alone.
    pub(crate) fn kill(&self, signal: i32) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::from_named_raw(signal).unwrap()).unwrap();
    }

    /// Stops the child, sets the terminal as a shell does meanwhile, and continues the child.
    pub(crate) fn stop_and_continue(&self) {
        let state = || std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        self.kill(signal_hook::consts::SIGSTOP);
        let end = Instant::now() + PATIENCE;
        while !state().contains(") T ") {
            assert!(Instant::now() < end, "still running: {:?}", self.seen);
            thread::sleep(Duration::from_millis(5));
        }
        let mut usual = tcgetattr(&self.terminal).unwrap();
        usual.local_modes.insert(LocalModes::ECHO | LocalModes::ICANON);
        tcsetattr(&self.terminal, OptionalActions::Now, &usual).unwrap();
        self.kill(signal_hook::consts::SIGCONT);
    }

    /// The exit code of the child, or nothing if a signal ended it.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < end, "still running: {:?}", self.seen);
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Everything the terminal showed, once the child is gone.
    pub(crate) fn rest(&mut self) -> &str {
        // What is written last arrives last, however long that takes.
        rustix::io::write(&self.terminal, END.as_bytes()).unwrap();
        self.expect(END);
        self.seen.truncate(self.checked - END.len());
        self.checked = self.seen.len();
        &self.seen
    }

    /// Everything the terminal has shown so far.
    pub(crate) fn seen(&self) -> &str {
        &self.seen
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
