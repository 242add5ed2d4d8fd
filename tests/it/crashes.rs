//! Killed or failing at every step of a write: the vault holds the old or the new state, and the next command goes on.

use std::fs;
use std::path::Path;

use crate::project::{Sandbox, has, outcome};

/// The system calls that change something, each of which is a step to be killed or failed at.
const STEPS: &str =
    "openat,open,mkdirat,mkdir,write,fsync,fdatasync,syncfs,renameat,renameat2,rename,unlinkat,unlink,flock";

/// Runs a changing command under strace with a fault at its n-th step; says whether the fault came.
fn faulted(sandbox: &Sandbox, arguments: &[&str], steps: &str, fault: &str, n: usize) -> bool {
    let log = sandbox.home().join("strace.log");
    let mut command = sandbox.command("strace");
    command.args(["-f", "-qq", "-o"]).arg(&log);
    command.args(["-e", &format!("trace={steps}"), "-e", &format!("inject={steps}:{fault}:when={n}")]);
    command.arg(env!("CARGO_BIN_EXE_vault")).args(arguments);
    let _ = outcome(command.output().unwrap());
    let text = fs::read_to_string(&log).unwrap();
    fs::remove_file(&log).unwrap();
    text.contains("INJECTED") || text.contains("killed by SIGKILL")
}

fn leftovers(directory: &Path) -> usize {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| {
            if path.is_dir() { leftovers(&path) } else { usize::from(path.extension().is_some_and(|end| end == "tmp")) }
        })
        .sum()
}

/// Every command that changes a parameter, and the values that it may leave behind.
const COMMANDS: [(&str, &[&str]); 6] = [
    ("put new", &["param", "put", "/new", "new", "--type", "String"]),
    ("put", &["param", "put", "/a", "new", "--overwrite"]),
    ("label", &["label", "move", "/a", "live", "--to", "2"]),
    ("rm", &["param", "rm", "--yes", "/a"]),
    ("move", &["param", "move", "/a", "/b"]),
    ("tag", &["param", "tag", "/a", "k=v"]),
];

fn prepared() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.ok(&["param", "put", "/a", "one", "--type", "String"]);
    sandbox.ok(&["param", "put", "/a", "two", "--overwrite"]);
    sandbox.ok(&["label", "add", "/a:1", "live"]);
    sandbox
}

/// The value is what it was or what it was to become, under the old or the new name, or gone as asked.
fn check(sandbox: &Sandbox, what: &str) {
    let verify = sandbox.run(&["verify"]);
    assert_eq!(verify.code, 0, "{what}: {verify:?}");
    let names = sandbox.ok(&["param", "ls", "-r"]);
    if names.contains("/a\n") {
        let value = sandbox.ok(&["param", "get", "/a"]);
        assert!(value == "two" || value == "new", "{what}: {value:?}");
    } else if names.contains("/b\n") {
        assert_eq!(sandbox.ok(&["param", "get", "/b:1"]), "one", "{what}");
    } else {
        assert!(what.starts_with("rm"), "{what}: /a is gone");
    }
    sandbox.ok(&["param", "put", "/next", "x", "--type", "String", "--overwrite"]);
}

fn every_step(fault: &str, steps: &str) -> usize {
    let mut points = 0;
    for (what, arguments) in COMMANDS {
        for n in 1.. {
            let sandbox = prepared();
            if !faulted(&sandbox, arguments, steps, fault, n) {
                assert!(n > 3, "{what}: {fault} was never injected");
                break;
            }
            points += 1;
            check(&sandbox, &format!("{what}, {fault} at step {n}"));
            if fault != "signal=KILL" {
                assert_eq!(leftovers(&sandbox.vault()), 0, "{what}, {fault} at step {n}");
            }
        }
    }
    points
}

#[test]
fn killed_at_every_step() {
    if has("strace") {
        println!("{} points of death survived", every_step("signal=KILL", STEPS));
    }
}

#[test]
fn no_space_at_every_write() {
    if has("strace") {
        println!("{} full disks survived", every_step("error=ENOSPC", "write,fsync,renameat,renameat2,mkdirat"));
    }
}

#[test]
fn broken_disk_at_every_write() {
    if has("strace") {
        println!("{} broken disks survived", every_step("error=EIO", "write,fsync,renameat,renameat2"));
    }
}

#[test]
fn init_killed_at_every_step_can_be_repeated() {
    if !has("strace") {
        return;
    }
    let arguments = ["init", "--no-input", "--plaintext-identity", "--no-recovery-key"];
    for n in (1..).step_by(3) {
        let sandbox = Sandbox::empty();
        if !faulted(&sandbox, &arguments, STEPS, "signal=KILL", n) {
            assert!(n > 9);
            break;
        }
        let again = sandbox.run(&arguments);
        // An identity that was stored and not yet configured is named, never replaced.
        if again.code != 0 {
            assert!(again.stderr.contains("identities/ana.txt"), "step {n}: {again:?}");
            fs::remove_file(sandbox.identity_file()).unwrap();
            sandbox.ok(&arguments);
        }
        sandbox.ok(&["param", "put", "/a", "--generate"]);
        sandbox.ok(&["verify"]);
    }
}
