//! Programs on a terminal of a given size: what a person would see, and type.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::process::Child;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};

use crate::project::Sandbox;

/// How long anything may take before a test gives up: long, because the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program and its terminal.
pub(crate) struct Screen {
    child: Child,
    keys: Pty,
    output: Receiver<Vec<u8>>,
    seen: String,
    checked: usize,
}

/// A terminal that tests can size.
#[derive(Clone, Copy)]
pub(crate) struct Terminal {
    pub(crate) rows: u16,
    pub(crate) columns: u16,
}

impl Screen {
    /// Starts a program in a project, with a clean environment and the given variables.
    pub(crate) fn start(
        sandbox: &Sandbox,
        program: impl AsRef<OsStr>,
        arguments: &[&str],
        variables: &[(&str, &str)],
        terminal: Terminal,
    ) -> Screen {
        let (keys, side) = open().unwrap();
        keys.resize(Size::new(terminal.rows, terminal.columns)).unwrap();
        let directory = std::path::Path::new(env!("CARGO_BIN_EXE_vault")).parent().unwrap();
        let search = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap());
        let command = Command::new(program)
            .args(arguments)
            .env_clear()
            .env("HOME", sandbox.home())
            .env("USER", "ana")
            .env("PATH", search)
            .envs(variables.iter().copied())
            .current_dir(sandbox.project());
        let child = command.spawn(side).unwrap();
        let mut reader = File::from(keys.as_fd().try_clone_to_owned().unwrap());
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        Screen { child, keys, output, seen: String::new(), checked: 0 }
    }

    /// Types.
    pub(crate) fn send(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for a text after the one that was last waited for, and returns what came before it.
    pub(crate) fn expect(&mut self, text: &str) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(place) = self.seen[self.checked..].find(text) {
                let before = self.seen[self.checked..][..place].to_owned();
                self.checked += place + text.len();
                return before;
            }
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(error) => panic!("no {text:?} in {:?}: {error}", &self.seen[self.checked..]),
            }
        }
    }

    /// Waits for the end of the program, and returns its exit code and everything that the terminal showed.
    pub(crate) fn end(mut self) -> (i32, String) {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("no end of {:?}", self.seen),
            }
        }
        (self.child.wait().unwrap().code().unwrap_or(-1), self.seen.replace("\r\n", "\n"))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the program shows on a terminal of that many columns.
pub(crate) fn shown(sandbox: &Sandbox, arguments: &[&str], variables: &[(&str, &str)], terminal: Terminal) -> String {
    let (code, text) = Screen::start(sandbox, env!("CARGO_BIN_EXE_vault"), arguments, variables, terminal).end();
    assert_eq!(code, 0, "{arguments:?}: {text}");
    text
}
