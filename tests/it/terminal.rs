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
    bytes: Vec<u8>,
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
        let mut shell = Shell { child, keys, output, bytes: Vec::new(), seen: String::new(), checked: 0 };
        shell.expect("ready> ");
        shell
    }

    /// Types these keys.
    pub(crate) fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for a text after the one that was last waited for, and returns what came before it.
    pub(crate) fn expect(&mut self, text: &str) -> String {
        self.expect_any(&[text]).1
    }

    /// The same for whichever of several texts comes first; returns its number too.
    pub(crate) fn expect_any(&mut self, texts: &[&str]) -> (usize, String) {
        let end = Instant::now() + PATIENCE;
        loop {
            let rest = &self.seen[self.checked..];
            let found = texts.iter().enumerate().filter_map(|(number, text)| Some((rest.find(text)?, number))).min();
            if let Some((place, number)) = found {
                let before = rest[..place].to_owned();
                self.checked += place + texts[number].len();
                return (number, before);
            }
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => {
                    self.bytes.extend(bytes);
                    self.seen = String::from_utf8_lossy(&self.bytes).into_owned();
                }
                Err(error) => panic!("none of {texts:?} in {:?}: {error}", &self.seen[self.checked..]),
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
