//! Values that change while a program runs.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Stdio};

use rustix::process::Signal;

use super::{CANARY, exec, left_in_memory, send, shop, wait_for_line, wait_until};
use crate::project::Sandbox;

/// A watched program whose output and messages lie in files.
struct Watched {
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Watched {
    fn start(sandbox: &Sandbox, options: &[&str], script: &str) -> Watched {
        let (stdout, stderr) = (sandbox.home().join("stdout"), sandbox.home().join("stderr"));
        let mut command = exec(sandbox, options, script);
        command.stdout(File::create(&stdout).unwrap()).stderr(File::create(&stderr).unwrap()).stdin(Stdio::null());
        Watched { child: command.spawn().unwrap(), stdout, stderr }
    }

    fn wait_for_output(&self, line: &str) {
        wait_for_line(&self.stdout, line);
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.stderr).unwrap()
    }

    /// Ends it, and returns its exit code.
    fn end(mut self) -> Option<i32> {
        send(&self.child, Signal::TERM);
        self.child.wait().unwrap().code()
    }
}

#[test]
fn a_changed_value_starts_the_program_again_and_stays_masked() {
    let sandbox = shop();
    let script = "trap 'echo old is c4n4ry-hunter2; exit 0' TERM; echo \"now $PASSWORD\"; echo ${#PASSWORD}; \
                  while :; do sleep 0.05; done";
    let watched = Watched::start(&sandbox, &["--watch"], script);
    watched.wait_for_output("14");
    // Another document changes nothing.
    sandbox.put("/elsewhere", "something");
    sandbox.put("/app/password", "another-value-1");
    watched.wait_for_output("15");
    let said = watched.said();
    assert_eq!(said, "note: changed: PASSWORD; restarting `sh`\n");
    let stdout = watched.stdout.clone();
    assert_eq!(watched.end(), Some(0));
    let shown = fs::read_to_string(stdout).unwrap();
    assert_eq!(shown, "now ***\n14\nold is ***\nnow ***\n15\nold is ***\n");
}

#[test]
fn a_new_parameter_below_the_path_counts_as_a_change() {
    let sandbox = shop();
    let watched = Watched::start(&sandbox, &["--watch"], "echo \"more ${EXTRA+set}\"; exec sleep 60");
    watched.wait_for_output("more ");
    sandbox.put("/app/extra", "more-of-it");
    watched.wait_for_output("more set");
    assert_eq!(watched.end(), Some(143));
}

#[test]
fn a_signal_instead_of_a_start_finds_the_new_value_in_the_file() {
    let sandbox = shop();
    let script = "show() { echo \"length $(wc -c < \"$PASSWORD_FILE\")\"; cat \"$PASSWORD_FILE\"; echo; }; \
                  trap show HUP; show; while :; do sleep 0.05; done";
    let watched = Watched::start(&sandbox, &["--watch=HUP", "--file", "PASSWORD"], script);
    watched.wait_for_output("length 14");
    sandbox.put("/app/password", "another-value-1");
    watched.wait_for_output("length 15");
    wait_until("the mask", || fs::read_to_string(&watched.stdout).unwrap().ends_with("***\n"));
    assert_eq!(watched.said(), "note: changed: PASSWORD; sending SIGHUP to `sh`\n");
    assert_eq!(watched.end(), Some(143));
    assert!(left_in_memory(&sandbox).is_empty());
}

#[test]
fn a_vault_that_is_broken_for_a_while_is_said_once_and_ends_nothing() {
    let sandbox = shop();
    let watched = Watched::start(&sandbox, &["--watch"], "echo ${#PASSWORD}; exec sleep 60");
    watched.wait_for_output("14");
    let document = "params/app/password.yaml";
    let whole = sandbox.read(document);
    // As git leaves it in the middle of a merge: replaced, not written in place.
    let replace = |text: &str| {
        sandbox.write("next", text);
        fs::rename(sandbox.document("next"), sandbox.document(document)).unwrap();
    };
    replace(&format!("<<<<<<< ours\n{whole}=======\n{whole}>>>>>>> theirs\n"));
    wait_until("the warning", || watched.said().contains("values cannot be read right now"));
    replace(&whole);
    sandbox.put("/app/password", "another-value-1");
    watched.wait_for_output("15");
    let said = watched.said();
    assert_eq!(said.matches("warning: ").count(), 1, "{said}");
    assert!(said.contains("the program continues with its current ones") && !said.contains(CANARY), "{said}");
    assert_eq!(watched.end(), Some(143));
}

#[test]
fn a_program_that_ends_by_itself_is_not_started_again() {
    let sandbox = shop();
    let mut watched = Watched::start(&sandbox, &["--watch"], "exit 5");
    assert_eq!(watched.child.wait().unwrap().code(), Some(5));
}

#[test]
fn whoever_ends_a_program_that_is_to_start_again_means_the_end() {
    let sandbox = shop();
    let script =
        "n=0; trap 'n=$((n+1)); echo asked $n; test $n = 1 || exit 8' TERM; echo begun; while :; do sleep 0.05; done";
    let watched = Watched::start(&sandbox, &["--watch", "--kill-after", "1h"], script);
    watched.wait_for_output("begun");
    sandbox.put("/app/password", "another-value-1");
    watched.wait_for_output("asked 1");
    let stdout = watched.stdout.clone();
    assert_eq!(watched.end(), Some(8));
    assert_eq!(fs::read_to_string(stdout).unwrap(), "begun\nasked 1\nasked 2\n");
}
