//! An interactive shell on a pseudo-terminal, for tests of what a person sees and types.

use std::io::{Read, Write};
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};

use crate::project::Sandbox;

/// How long something may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// An interactive bash, and what its terminal shows.
pub(crate) struct Shell {
    child: Child,
    keys: Pty,
    output: Receiver<Vec<u8>>,
    seen: String,
    checked: usize,
}

impl Shell {
    /// A shell on a terminal of 33 lines and 111 columns that knows no colour.
    pub(crate) fn start(sandbox: &Sandbox) -> Shell {
        Shell::sized(sandbox, Size::new(33, 111), "dumb")
    }

    /// A shell on a terminal of this size and kind.
    pub(crate) fn sized(sandbox: &Sandbox, size: Size, kind: &str) -> Shell {
        let (keys, terminal) = open().unwrap();
        keys.resize(size).unwrap();
        let directory = std::path::Path::new(env!("CARGO_BIN_EXE_vault")).parent().unwrap();
        let search = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap());
        let command = Command::new("bash")
            .args(["--norc", "--noediting", "-i"])
            .env_clear()
            .env("HOME", sandbox.home())
            .env("PATH", search)
            .env("PS1", "ready> ")
            .env("TERM", kind)
            .current_dir(sandbox.project());
        let child = command.spawn(terminal).unwrap();
        let mut reader = std::fs::File::from(std::os::fd::AsFd::as_fd(&keys).try_clone_to_owned().unwrap());
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        let mut shell = Shell { child, keys, output, seen: String::new(), checked: 0 };
        shell.expect("ready> ");
        shell
    }

    /// Types these keys.
    pub(crate) fn keys(&mut self, keys: &str) {
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

    /// Everything that the terminal has shown so far.
    pub(crate) fn everything(&self) -> &str {
        &self.seen
    }

    /// Runs a command to its end, and returns what the terminal showed.
    pub(crate) fn run(&mut self, line: &str) -> String {
        self.keys(&format!("{line}\n"));
        self.expect("\r\n");
        self.expect("ready> ")
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
