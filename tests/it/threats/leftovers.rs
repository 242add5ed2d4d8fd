//! A process that is killed while it writes a value into a file, in a work tree whose owner then commits everything.

use std::fs;

use crate::crashes::faulted;
use crate::project::{Sandbox, has};
use crate::team::{commit, git};

const CANARY: &str = "canary-71b5e0";

/// Hidden, ignored, and gone with the next run.
#[test]
fn a_killed_command_leaves_no_value_to_be_committed() {
    if !has("strace") {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.put("/app/pw", CANARY);
    fs::write(sandbox.project().join("app.in"), "pw={{resolve:ssm-secure:/app/pw}}\n").unwrap();
    fs::write(sandbox.project().join(".gitignore"), "app.conf\napp.env\n").unwrap();
    fs::remove_dir_all(sandbox.project().join(".git")).unwrap();
    commit(&sandbox);
    let render = ["render", "app.in", "--out", "app.conf"];
    let export = ["export", "/app", "--format", "systemd", "--out", "app.env"];
    let mut left = 0;
    for command in [&render[..], &export] {
        for call in ["write", "fsync", "rename,renameat,renameat2", "unlinkat,unlink"] {
            let mut n = 1;
            while n < 60 && faulted(&sandbox, command, call, "signal=KILL", n) {
                left += hidden(&sandbox).len();
                assert!(hidden(&sandbox).len() <= 2, "{command:?}, {call} {n}: {:?}", hidden(&sandbox));
                git(&sandbox, &["add", "-A"]);
                let staged = sandbox.command("git").args(["grep", "--cached", "-l", CANARY]).output().unwrap();
                assert_eq!(String::from_utf8_lossy(&staged.stdout), "", "{command:?}, {call} {n}");
                n += 1;
            }
            assert!(n > 1, "{call} is never called");
        }
        sandbox.ok(command);
        assert_eq!(hidden(&sandbox), [""; 0], "{command:?}");
    }
    assert!(left > 0, "no kill left anything");
}

/// The hidden directories in the project with something in them.
fn hidden(sandbox: &Sandbox) -> Vec<String> {
    let entries = fs::read_dir(sandbox.project()).unwrap().map(Result::unwrap);
    let found = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(".vault-"));
    let filled = found.filter(|entry| fs::read_dir(entry.path()).unwrap().next().is_some());
    filled.map(|entry| entry.file_name().into_string().unwrap()).collect()
}
