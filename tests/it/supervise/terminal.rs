//! Programs on a terminal, in a shell with job control.

use std::io::{Read, Write};
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Instant;

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};

use super::{PATIENCE, shop};
use crate::project::{Sandbox, has};

/// An interactive bash, and what its terminal shows.
struct Shell {
    child: Child,
    keys: Pty,
    output: Receiver<Vec<u8>>,
    seen: String,
    checked: usize,
}

impl Shell {
    fn start(sandbox: &Sandbox) -> Shell {
        let (keys, terminal) = open().unwrap();
        keys.resize(Size::new(33, 111)).unwrap();
        let directory = std::path::Path::new(env!("CARGO_BIN_EXE_vault")).parent().unwrap();
        let search = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap());
        let command = Command::new("bash")
            .args(["--norc", "--noediting", "-i"])
            .env_clear()
            .env("HOME", sandbox.home())
            .env("PATH", search)
            .env("PS1", "ready> ")
            .env("TERM", "dumb")
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

    fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for a text after the one that was last waited for, and returns what came before it.
    fn expect(&mut self, text: &str) -> String {
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

    /// Runs a command to its end, and returns what the terminal showed.
    fn run(&mut self, line: &str) -> String {
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

#[test]
fn a_masked_program_believes_in_its_terminal() {
    if !has("bash") {
        return;
    }
    let sandbox = shop();
    let mut shell = Shell::start(&sandbox);
    let shown = shell.run("vault exec --mask /app -- sh -c 'test -t 1 && test -t 2 && stty size <&1; echo $PASSWORD'");
    assert_eq!(shown, "33 111\r\n***\r\n");
    let plain = shell.run("vault exec --timeout 1h /app -- sh -c 'echo $PASSWORD'");
    assert_eq!(plain, "c4n4ry-hunter2\r\n", "a terminal is not masked unless that is asked for");
    let piped = shell.run("vault exec --timeout 1h /app -- sh -c 'echo $PASSWORD; test -t 1 || echo pipe' | cat");
    assert_eq!(piped, "***\r\npipe\r\n");
}

#[test]
fn ctrl_c_reaches_the_program_once_and_the_code_is_its_own() {
    if !has("bash") {
        return;
    }
    let sandbox = shop();
    let mut shell = Shell::start(&sandbox);
    // It waits for the first one, and then for a moment for a second one.
    let script = "n=0; trap 'n=$((n+1))' INT; echo begun; while [ $n = 0 ]; do sleep 0.1; done; \
                  i=0; while [ $i -lt 5 ]; do sleep 0.1; i=$((i+1)); done; echo got $n";
    shell.keys(&format!("vault exec --mask /app -- sh -c '{script}'; echo rc=$?\n"));
    shell.expect("begun\r\n");
    shell.keys("\x03");
    shell.expect("got 1\r\nrc=0");
    shell.expect("ready> ");
    shell.keys("vault exec --mask /app -- sh -c 'echo begun; exec sleep 60'\n");
    shell.expect("begun\r\n");
    shell.keys("\x03");
    shell.expect("ready> ");
    assert_eq!(shell.run("echo rc=$?"), "rc=130\r\n");
}

#[test]
fn ctrl_z_stops_the_job_and_fg_goes_on() {
    if !has("bash") {
        return;
    }
    let sandbox = shop();
    let mut shell = Shell::start(&sandbox);
    // One program and no other: a second one that waits for keys may take some after the shell has the terminal back,
    // because the system lets a read that is woken by a signal take what came meanwhile.
    shell.keys("vault exec --mask /app -- sh -c 'echo begun; exec cat'\n");
    shell.expect("begun\r\n");
    shell.keys("one\n");
    shell.expect("one\r\none\r\n");
    shell.keys("\x1a");
    shell.expect("Stopped");
    shell.expect("ready> ");
    let jobs = shell.run("jobs");
    assert!(jobs.contains("Stopped") && jobs.matches("vault exec").count() == 1, "{jobs}");
    shell.keys("fg\n");
    shell.expect("cat'\r\n");
    shell.keys("two c4n4ry-hunter2\n");
    shell.expect("two ***\r\n");
    shell.keys("\x04");
    shell.expect("ready> ");
    assert_eq!(shell.run("echo rc=$?"), "rc=0\r\n");
}

#[test]
fn a_signal_from_a_process_is_handed_on_at_a_terminal_too() {
    if !has("bash") {
        return;
    }
    let sandbox = shop();
    let mut shell = Shell::start(&sandbox);
    shell.keys("vault exec --mask /app -- sh -c 'trap \"echo got it; exit 9\" INT; echo begun; while :; do sleep 0.05; done' &\n");
    shell.expect("begun\r\n");
    shell.keys("kill -INT $!\n");
    shell.expect("got it\r\n");
    shell.keys("wait $!; echo rc=$?\n");
    shell.expect("rc=9\r\n");
}

#[test]
fn the_terminal_is_put_right_after_a_program_that_was_killed() {
    if !has("bash") {
        return;
    }
    let sandbox = shop();
    let mut shell = Shell::start(&sandbox);
    shell.run("vault exec --mask /app -- sh -c 'stty -echo -icanon; kill -KILL $$'");
    assert_eq!(shell.run("stty -a | grep -c ' -echo '"), "0\r\n");
    shell.run("vault exec --timeout 300ms /app -- sh -c 'stty -echo; exec sleep 60'");
    assert_eq!(shell.run("stty -a | grep -c ' -echo '"), "0\r\n");
    // What a program that ends well does to the terminal is meant.
    shell.run("vault exec --timeout 1h /app -- stty -isig");
    assert_eq!(shell.run("stty -a | grep -c -e -isig; stty isig"), "1\r\n");
}
