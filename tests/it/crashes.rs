//! Killed or failing at every step of a write: the vault holds the old or the new state, and the next command goes on.

use std::fs;
use std::path::Path;

use crate::project::{Sandbox, has, outcome};

/// The system calls by which a write goes forward. strace counts each call by itself, so each is injected by itself.
const STEPS: [&str; 10] =
    ["open", "openat", "mkdir", "mkdirat", "write", "fsync", "rename", "renameat", "unlinkat", "flock"];
/// Those of them that a full or broken disk can refuse.
const DISK: [&str; 6] = ["write", "fsync", "rename", "renameat", "mkdir", "mkdirat"];

/// Runs a changing command under strace with a fault at the n-th call of one kind; says whether the fault came.
fn faulted(sandbox: &Sandbox, arguments: &[&str], call: &str, fault: &str, n: usize) -> bool {
    let log = sandbox.home().join("strace.log");
    let mut command = sandbox.command("strace");
    command.args(["-f", "-qq", "-o"]).arg(&log);
    command.args(["-e", &format!("trace={call}"), "-e", &format!("inject={call}:{fault}:when={n}")]);
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

/// How many points were tried. A changing command writes, syncs and renames, so each of these must have been hit.
fn every_step(fault: &str, calls: &[&str]) -> usize {
    let mut points = 0;
    for (what, arguments) in COMMANDS {
        for call in calls {
            let before = points;
            for n in 1.. {
                let sandbox = prepared();
                if !faulted(&sandbox, arguments, call, fault, n) {
                    break;
                }
                points += 1;
                check(&sandbox, &format!("{what}, {fault} at {call} {n}"));
                if fault != "signal=KILL" {
                    assert_eq!(leftovers(&sandbox.vault()), 0, "{what}, {fault} at {call} {n}");
                }
            }
            let must_be_hit = ["write", "fsync", "renameat"].contains(call);
            assert!(points > before || !must_be_hit, "{what}: {fault} never came at {call}");
        }
    }
    points
}

#[test]
fn killed_at_every_step() {
    if has("strace") {
        println!("{} points of death survived", every_step("signal=KILL", &STEPS));
    }
}

#[test]
fn no_space_at_every_write() {
    if has("strace") {
        println!("{} full disks survived", every_step("error=ENOSPC", &DISK));
    }
}

#[test]
fn broken_disk_at_every_write() {
    if has("strace") {
        println!("{} broken disks survived", every_step("error=EIO", &DISK));
    }
}

#[test]
fn init_killed_at_every_step_can_be_repeated() {
    if !has("strace") {
        return;
    }
    let arguments = ["init", "--no-input", "--plaintext-identity", "--no-recovery-key"];
    let mut points = 0;
    for call in STEPS {
        for n in 1.. {
            let sandbox = Sandbox::empty();
            if !faulted(&sandbox, &arguments, call, "signal=KILL", n) {
                break;
            }
            points += 1;
            let again = sandbox.run(&arguments);
            // An identity that was stored and not yet configured is named, never replaced.
            if again.code != 0 {
                assert!(again.stderr.contains("identities/ana.txt"), "{call} {n}: {again:?}");
                fs::remove_file(sandbox.identity_file()).unwrap();
                sandbox.ok(&arguments);
            }
            sandbox.ok(&["param", "put", "/a", "--generate"]);
            sandbox.ok(&["verify"]);
        }
    }
    assert!(points > 20, "only {points} points");
    println!("{points} deaths of init survived");
}
