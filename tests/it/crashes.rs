//! Killed or failing at every step of a write: the vault has the old or the new state, and the next command continues.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::project::{Outcome, Sandbox, has, outcome};

/// The system calls by which a write goes forward. strace counts each call by itself, so each is injected by itself.
pub(crate) const STEPS: [&str; 13] = [
    "open",
    "openat",
    "mkdir",
    "mkdirat",
    "write",
    "fsync",
    "fdatasync",
    "syncfs",
    "rename",
    "renameat",
    "renameat2",
    "unlinkat",
    "flock",
];
/// Those of them that a full or broken disk can refuse.
pub(crate) const DISK: [&str; 9] =
    ["write", "fsync", "fdatasync", "syncfs", "rename", "renameat", "renameat2", "mkdir", "mkdirat"];

/// Runs a changing command under strace with a fault at the n-th call of one kind; says whether the fault came.
pub(crate) fn faulted(sandbox: &Sandbox, arguments: &[&str], call: &str, fault: &str, n: usize) -> bool {
    injected(sandbox, arguments, call, fault, n).is_some()
}

/// The same, and what the command came to; `None` if the fault did not come.
///
/// Only the program's main thread is traced, which does all the writing: an editor that fails is no fault of ours.
pub(crate) fn injected(sandbox: &Sandbox, arguments: &[&str], call: &str, fault: &str, n: usize) -> Option<Outcome> {
    let log = sandbox.home().join("strace.log");
    let mut command = sandbox.command("strace");
    command.args(["-qq", "-o"]).arg(&log);
    command.args(["-e", &format!("trace={call}"), "-e", &format!("inject={call}:{fault}:when={n}")]);
    command.arg(env!("CARGO_BIN_EXE_vault")).args(arguments);
    command.env("EDITOR", "sed -i s/two/new/").env("XDG_RUNTIME_DIR", sandbox.memory());
    let outcome = outcome(command.output().unwrap());
    let text = fs::read_to_string(&log).unwrap();
    fs::remove_file(&log).unwrap();
    (text.contains("INJECTED") || text.contains("killed by SIGKILL")).then_some(outcome)
}

/// The call to try after the n-th. Most files are opened and locked only to be read: some of these points stand for all.
pub(crate) fn next(call: &str, n: usize) -> usize {
    let is_write = !call.starts_with("open") && call != "flock";
    if is_write || n < 6 { n + 1 } else { n + 7 }
}

fn leftovers(directory: &Path) -> usize {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| {
            if path.is_dir() { leftovers(&path) } else { usize::from(path.extension().is_some_and(|end| end == "tmp")) }
        })
        .sum()
}

/// A command that changes something.
struct Change {
    what: &'static str,
    arguments: &'static [&'static str],
    /// Makes what lies there before, besides `/a` with the versions `one`, labelled, and `two`.
    before: fn(&Sandbox),
    /// Asserts that the old or the new state is there.
    after: fn(&Sandbox, &str),
}

const fn change(what: &'static str, arguments: &'static [&'static str]) -> Change {
    Change { what, arguments, before: |_| (), after: old_or_new }
}

/// Every command that changes a document of a vault.
const CHANGES: [Change; 12] = [
    change("put new", &["param", "put", "/new", "new", "--type", "String"]),
    change("put", &["param", "put", "/a", "new", "--overwrite"]),
    change("label", &["label", "move", "/a", "live", "--to", "2"]),
    change("rm", &["param", "rm", "--yes", "/a"]),
    change("move", &["param", "move", "/a", "/b"]),
    change("tag", &["param", "tag", "/a", "k=v"]),
    change("edit", &["param", "edit", "/a"]),
    Change { after: rolled_back, ..change("rollback", &["param", "rollback", "/a:1"]) },
    Change { after: copied, ..change("copy", &["param", "copy", "/a", "/c"]) },
    Change {
        before: file_to_import,
        after: imported,
        ..change("import", &["import", "in.env", "/", "--overwrite", "--yes"])
    },
    Change { before: older_checkpoint, after: checkpointed, ..change("checkpoint", &["checkpoint"]) },
    Change { before: older_document, after: accepted, ..change("accept", &["accept", "--yes", "/a"]) },
];

fn prepared(change: &Change) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.ok(&["param", "put", "/a", "one", "--type", "String"]);
    sandbox.ok(&["param", "put", "/a", "two", "--overwrite"]);
    sandbox.ok(&["label", "add", "/a:1", "live"]);
    (change.before)(&sandbox);
    sandbox
}

/// The value is what it was or what it was to become, under the old or the new name, or gone as asked.
fn old_or_new(sandbox: &Sandbox, what: &str) {
    let names = sandbox.ok(&["param", "ls", "-r"]);
    if names.contains("/a\n") {
        let value = sandbox.ok(&["param", "get", "/a"]);
        assert!(value == "two" || value == "new", "{what}: {value:?}");
    } else if names.contains("/b\n") {
        assert_eq!(sandbox.ok(&["param", "get", "/b:1"]), "one", "{what}");
    } else {
        assert!(what.starts_with("rm"), "{what}: /a is gone");
    }
}

/// The second version is the latest, or a third one repeats the first.
fn rolled_back(sandbox: &Sandbox, what: &str) {
    let value = sandbox.ok(&["param", "get", "/a"]);
    let third = sandbox.run(&["param", "get", "/a:3"]);
    assert!(
        (value == "two" && third.code == 3) || (value == "one" && third.stdout == "one"),
        "{what}: {value:?}, {third:?}"
    );
}

/// The copy is whole or not there, and the original is what it was.
fn copied(sandbox: &Sandbox, what: &str) {
    assert_eq!(sandbox.ok(&["param", "get", "/a"]), "two", "{what}");
    let copy = sandbox.run(&["param", "get", "/c"]);
    assert!(copy.code == 3 || copy.stdout == "two", "{what}: {copy:?}");
}

fn file_to_import(sandbox: &Sandbox) {
    fs::write(sandbox.project().join("in.env"), "a=new\nd=new\n").unwrap();
}

/// Each of the values is the old or the new one.
fn imported(sandbox: &Sandbox, what: &str) {
    old_or_new(sandbox, what);
    let created = sandbox.run(&["param", "get", "/d"]);
    assert!(created.code == 3 || created.stdout == "new", "{what}: {created:?}");
}

fn older_checkpoint(sandbox: &Sandbox) {
    sandbox.ok(&["checkpoint"]);
    fs::copy(sandbox.document("checkpoint.yaml"), sandbox.home().join("older.yaml")).unwrap();
    sandbox.ok(&["param", "put", "/z", "new", "--type", "String"]);
}

/// The older checkpoint lies there byte for byte, or one that lists a document more.
fn checkpointed(sandbox: &Sandbox, what: &str) {
    let required = sandbox.run(&["verify", "--checkpoint=required"]);
    assert_eq!(required.code, 0, "{what}: {required:?}");
    let older = fs::read_to_string(sandbox.home().join("older.yaml")).unwrap();
    let here = sandbox.read("checkpoint.yaml");
    let listed = |text: &str| text.matches("\n  - \"").count();
    assert!(here == older || listed(&here) == listed(&older) + 1, "{what}: {here}");
}

/// Puts an older revision of `/a` back, as a pull of a rewritten history would.
fn older_document(sandbox: &Sandbox) {
    let here = sandbox.read("params/a.yaml");
    sandbox.ok(&["param", "put", "/a", "three", "--overwrite"]);
    sandbox.write("params/a.yaml", here);
    let refused = sandbox.run(&["param", "get", "/a"]);
    assert!(refused.code == 6 && refused.stderr.contains("was rolled back"), "{refused:?}");
}

/// The rollback is reported as before, and can then be accepted, or it was accepted.
fn accepted(sandbox: &Sandbox, what: &str) {
    let read = sandbox.run(&["param", "get", "/a"]);
    if read.code != 0 {
        assert!(read.code == 6 && read.stderr.contains("was rolled back"), "{what}: {read:?}");
        sandbox.ok(&["accept", "--yes", "/a"]);
    }
    assert_eq!(sandbox.ok(&["param", "get", "/a"]), "two", "{what}");
}

/// The old or the new state is there, the vault verifies, and the next command continues. Who was not killed cleans up.
fn check(sandbox: &Sandbox, change: &Change, fault: &str, what: &str) {
    (change.after)(sandbox, what);
    let verify = sandbox.run(&["verify"]);
    assert_eq!(verify.code, 0, "{what}: {verify:?}");
    sandbox.ok(&["param", "put", "/next", "x", "--type", "String", "--overwrite"]);
    if fault != "signal=KILL" {
        assert_eq!(leftovers(&sandbox.vault()), 0, "{what}");
        assert_eq!(fs::read_dir(sandbox.memory()).unwrap().count(), 0, "{what}: the editor's file stayed");
    }
}

/// Tries every point, and says how many there were. A changing command writes, syncs and renames, so each of these must
/// have been hit.
fn every_step(fault: &str, calls: &[&str]) -> String {
    let mut told = Vec::new();
    for change in &CHANGES {
        let sandbox = prepared(change);
        let (before, mut seen) = (sandbox.snapshot(), HashSet::new());
        let (mut points, mut waits, mut renames) = (Vec::new(), 0, 0);
        for call in calls {
            let (mut hit, mut n) = (0, 1);
            while faulted(&sandbox, change.arguments, call, fault, n) {
                // A change passes many calls between two things that it does to the disk.
                if seen.insert(state(&sandbox, before.path())) {
                    check(&sandbox, change, fault, &format!("{}, {fault} at {call} {n}", change.what));
                }
                sandbox.put_back(&before);
                hit += 1;
                n = next(call, n);
            }
            sandbox.put_back(&before);
            assert!(hit > 0 || *call != "write", "{}: {fault} never came at {call}", change.what);
            waits += if call.contains("sync") { hit } else { 0 };
            renames += if call.starts_with("rename") { hit } else { 0 };
            points.push(format!("{call} {hit}"));
        }
        assert!(waits > 0, "{}: {fault} never came at a wait for the disk", change.what);
        assert!(renames > 0, "{}: {fault} never came at a rename", change.what);
        told.push(format!("{}: {fault} at {}", change.what, points.join(", ")));
    }
    told.join("\n")
}

/// Which files there are, how large they are, and which are as before.
pub(crate) fn state(sandbox: &Sandbox, before: &Path) -> BTreeSet<(PathBuf, u64, bool)> {
    let (root, mut files) = (sandbox.root(), BTreeSet::new());
    let mut waiting = vec![root.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            let (path, metadata) = (entry.path(), entry.metadata().unwrap());
            if metadata.is_dir() {
                waiting.push(path);
                continue;
            }
            let name = path.strip_prefix(root).unwrap();
            let is_old = fs::read(before.join(name)).is_ok_and(|old| fs::read(&path).is_ok_and(|new| new == old));
            // The names of temporary files are random.
            let name = if name.extension().is_some_and(|end| end == "tmp") {
                name.with_file_name("tmp")
            } else {
                name.to_owned()
            };
            files.insert((name, metadata.len(), is_old));
        }
    }
    files
}

#[test]
fn killed_at_every_step() {
    if has("strace") {
        println!("{}", every_step("signal=KILL", &STEPS));
    }
}

#[test]
fn no_space_at_every_write() {
    if has("strace") {
        println!("{}", every_step("error=ENOSPC", &DISK));
    }
}

#[test]
fn broken_disk_at_every_write() {
    if has("strace") {
        println!("{}", every_step("error=EIO", &DISK));
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
        let mut n = 1;
        loop {
            let sandbox = Sandbox::empty();
            if !faulted(&sandbox, &arguments, call, "signal=KILL", n) {
                break;
            }
            (points, n) = (points + 1, next(call, n));
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
