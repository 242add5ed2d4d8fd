//! `status` and `verify` see everything that is wrong, each with the command that changes it, and nothing hides the rest.

use std::fs;

use crate::git::{Team, diverged};
use crate::project::{Outcome, Sandbox};
use crate::terminal::Shell;

fn says(run: &Outcome, code: i32, parts: &[&str]) {
    assert_eq!(run.code, code, "{run:?}");
    for part in parts {
        assert!(format!("{}{}", run.stdout, run.stderr).contains(part), "{part}: {run:?}");
    }
}

#[test]
fn everything_that_is_wrong_is_named_and_the_rest_is_listed() {
    let sandbox = Sandbox::new();
    for name in ["/old", "/forged", "/gone", "/copied", "/right"] {
        sandbox.put(name, "one");
    }
    let old = sandbox.read("params/old.yaml");
    sandbox.put("/old", "two");
    sandbox.ok(&["verify"]);
    sandbox.write("params/old.yaml", old);
    let forged = sandbox.read("params/forged.yaml").replace("xc1:", "xc1:A");
    sandbox.write("params/forged.yaml", forged);
    fs::remove_file(sandbox.document("params/gone.yaml")).unwrap();
    let copies = [
        ("params/copied (Ana's conflicted copy 2026-01-31).yaml", "made by Dropbox or Nextcloud"),
        ("params/copied.sync-conflict-20260131-101500-ABCDEFG.yaml", "made by Syncthing"),
        ("params/copied 2.yaml", "made by iCloud or a file manager"),
        ("params/copied-LAPTOP.yaml", "made by a file synchroniser"),
        ("params/copied-laptop.yaml", "made by a file synchroniser"),
    ];
    for (copy, _) in copies {
        sandbox.write(copy, sandbox.read("params/copied.yaml"));
    }
    sandbox.write("keys/default 2.yaml", sandbox.read("keys/default.yaml"));
    for name in ["HEAD", "config"] {
        sandbox.write(name, "");
    }
    fs::create_dir_all(sandbox.document("objects")).unwrap();
    let mut parts = vec![
        "`params/old.yaml` was rolled back",
        "`params/forged.yaml` cannot be trusted",
        "`params/gone.yaml` is missing: already saw revision 1",
        "`git checkout COMMIT -- params/gone.yaml` restores it",
        "`keys/default 2.yaml` is a conflict copy of `keys/default.yaml`",
        "`HEAD`, `config`, and `objects` do not belong in a vault",
    ];
    let told: Vec<String> = copies
        .iter()
        .map(|(copy, maker)| format!("`{copy}` is a conflict copy of `params/copied.yaml`, {maker}"))
        .collect();
    parts.extend(told.iter().map(String::as_str));
    says(&sandbox.run(&["verify"]), 6, &parts);
    // A copy whose name could be a parameter's is refused like any other document until `verify` has looked into it.
    parts.retain(|part| !part.contains("copied-laptop"));
    let status = sandbox.run(&["status", "--check"]);
    says(&status, 8, &parts);
    assert_eq!(status.stdout.matches("`params/gone.yaml` is missing").count(), 1, "{status:?}");
    assert!(!status.stderr.contains("gone"), "said once: {status:?}");
    says(&sandbox.run(&["param", "ls", "/"]), 0, &["/right\n"]);
    assert_eq!(sandbox.ok(&["param", "get", "/right"]), "one");
}

#[test]
fn a_copy_that_a_synchroniser_made_stops_no_program() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/host", "one");
    sandbox.write("params/app/host (conflicted copy 2026-01-31 101500).yaml", sandbox.read("params/app/host.yaml"));
    says(&sandbox.run(&["exec", "/app", "--", "sh", "-c", "echo $HOST"]), 0, &["one"]);
    says(&sandbox.run(&["list", "--must-rotate"]), 0, &[]);
    says(&sandbox.run(&["tick"]), 0, &[]);
}

#[test]
fn all_documents_that_keep_a_program_from_starting_are_named() {
    let sandbox = Sandbox::new();
    for name in ["/app/a", "/app/b", "/app/c"] {
        sandbox.put(name, "one");
    }
    for rel in ["params/app/a.yaml", "params/app/c.yaml"] {
        sandbox.write(rel, sandbox.read(rel).replace("xc1:", "xc1:A"));
    }
    says(&sandbox.run(&["exec", "/app", "--", "true"]), 125, &["`params/app/a.yaml`", "`params/app/c.yaml`"]);
    sandbox.write("leak.txt", "one");
    says(&sandbox.run(&["scan"]), 6, &["2 documents cannot be trusted"]);
}

#[test]
fn one_reason_for_many_documents_is_said_once() {
    let sandbox = Sandbox::new();
    for number in 0..30 {
        sandbox.ok(&["param", "put", &format!("/p{number}"), "--generate"]);
    }
    sandbox.write("keys/default.yaml", sandbox.read("keys/default.yaml").replace("default", "defaulx"));
    let run = sandbox.run(&["verify"]);
    assert_eq!(run.code, 6, "{run:?}");
    assert!(run.stdout.lines().count() < 10, "{}", run.stdout);
    assert!(run.stdout.contains("this concerns 3"), "{}", run.stdout);
}

/// Conflicts of every kind of document read the same everywhere.
#[test]
fn a_conflict_is_called_one_everywhere_and_once() {
    let team = diverged();
    assert_ne!(team.try_git(1, &["merge", "--no-edit", "origin/main"]).code, 0);
    let status = team.run(1, &["status"]);
    says(&status, 0, &["merge conflict in `params/shared.yaml`: run `vault resolve`"]);
    assert_eq!(status.stdout.matches("params/shared.yaml").count(), 1, "{status:?}");
    for command in
        [&["param", "get", "/shared"][..], &["param", "put", "/shared", "x", "--overwrite"], &["scan"], &["checkpoint"]]
    {
        let run = team.run(1, command);
        says(&run, 6, &["merge conflict"]);
        assert!(!run.stderr.contains("signature line"), "{run:?}");
    }
}

#[test]
fn conflicts_of_keys_and_of_the_trust_chain_are_in_the_status() {
    let team = Team::new(2);
    team.join("bob");
    team.join("carol");
    team.git(0, &["push", "-q"]);
    team.git(1, &["pull", "-q"]);
    for (clone, reader) in [(0, "bob"), (1, "carol")] {
        team.ok(clone, &["key", "revoke", "default", reader, "--yes", "--commit"]);
    }
    team.git(0, &["push", "-q"]);
    assert_ne!(team.try_git(1, &["pull", "-q", "--no-rebase", "--no-edit"]).code, 0);
    let conflict = "merge conflict in `trust/000005.yaml`: run `vault trust rebase`";
    for (command, code, rest) in [("status", 0, "parameters "), ("verify", 6, "documents verified")] {
        let run = team.run(1, &[command]);
        says(&run, code, &[conflict, rest]);
        assert!(!run.stdout.contains("signature line") && run.stdout.matches("trust/000005").count() == 1, "{run:?}");
    }
    says(&team.run(1, &["status", "--check"]), 8, &[]);
    let doctor = team.run(1, &["doctor"]);
    assert!(doctor.stdout.contains("status "), "{doctor:?}");
    team.ok(1, &["trust", "rebase", "--yes"]);
    team.ok(1, &["resolve"]);
    team.ok(1, &["verify"]);
}

#[test]
fn a_terminal_of_eighty_columns_is_not_overrun_by_the_anchor() {
    let sandbox = Sandbox::new();
    let (mut pty, terminal) = pty_process::blocking::open().unwrap();
    pty.resize(pty_process::Size::new(24, 80)).unwrap();
    let command = pty_process::blocking::Command::new(env!("CARGO_BIN_EXE_vault")).args(["--color", "never", "status"]);
    let mut child =
        command.current_dir(sandbox.project()).env_clear().env("HOME", sandbox.home()).spawn(terminal).unwrap();
    let (mut shown, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(length @ 1..) = std::io::Read::read(&mut pty, &mut buffer) {
        shown.extend_from_slice(&buffer[..length]);
    }
    assert!(child.wait().unwrap().success());
    let text = String::from_utf8(shown).unwrap();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let at = lines.iter().position(|line| *line == "new machines").unwrap_or_else(|| panic!("{text}"));
    let pasted = format!("{}{}", lines[at + 1].trim_end_matches('\\'), lines[at + 2]);
    assert!(lines[at + 1].len() <= 80 && pasted.starts_with("VLT_ID=vlt1") && pasted.contains('@'), "{text}");
}

#[test]
fn a_machine_without_a_memory_says_so_once() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    let id = sandbox.vault_id();
    let run = sandbox.run_with(&["param", "get", "/a"], &[("XDG_STATE_HOME", "/proc/none"), ("VLT_ID", &id)]);
    says(&run, 0, &[]);
    assert_eq!(run.stderr.matches("cannot remember").count(), 1, "{run:?}");
}

#[test]
fn a_look_around_asks_for_no_passphrase() {
    let sandbox = Sandbox::empty();
    let made = sandbox
        .run_with(&["init", "--passphrase", "--no-recovery-key"], &[("VLT_PASSPHRASE", "correct horse battery")]);
    assert_eq!(made.code, 0, "{made:?}");
    let mut shell = Shell::start(&sandbox);
    let shown = shell.run("vault");
    assert!(shown.contains("0 parameters") && !shown.contains("assphrase"), "{shown}");
    says(&sandbox.run(&["--no-input", "status"]), 0, &["to know", "your identity is locked: `vault unlock`"]);
}
