//! `vault doctor`: one line for each check, what is safe is fixed on request, and nothing is asked.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use serde_json::Value;

use crate::git::Team;
use crate::project::{Outcome, Sandbox, body, has, outcome};

/// The level of a check and its message: the worst line of several.
fn line(run: &Outcome, check: &str) -> (String, String) {
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let lines = report["Checks"].as_array().unwrap().iter().filter(|line| line["Check"] == check);
    let text = |line: &Value, member: &str| line[member].as_str().unwrap_or_default().to_owned();
    let all: Vec<_> = lines
        .map(|line| (text(line, "Level"), format!("{} {}", text(line, "Message"), text(line, "Command"))))
        .collect();
    let worst = all.iter().find(|(level, _)| level != "ok").or(all.first());
    worst.unwrap_or_else(|| panic!("{check}: {run:?}")).clone()
}

fn says(run: &Outcome, check: &str, level: &str, part: &str) {
    let (found, message) = line(run, check);
    assert!(found == level && message.contains(part), "{check} should be {level} with {part:?}: {found}: {message}");
}

fn doctor(sandbox: &Sandbox) -> Outcome {
    sandbox.run(&["--json", "doctor"])
}

/// Lets a file look as if it were left by a process that was killed two hours ago.
fn leave(path: &Path) {
    fs::write(path, "").unwrap();
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(7200);
    fs::File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
}

#[test]
fn a_machine_that_is_set_up_has_nothing_wrong() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    let run = doctor(&sandbox);
    assert_eq!(run.code, 0, "{run:?}");
    for check in ["vault", "identity", "directories", "process", "clock", "leftovers", "hooks", "timer", "status"] {
        says(&run, check, "ok", "");
    }
    says(&run, "identity", "ok", "you are `ana`");
    let text = sandbox.ok(&["doctor"]);
    assert!(text.contains("ok     identity ") && text.ends_with(" warnings\n"), "{text}");
    // Outside of any vault it has less to look at.
    let outside = sandbox.program().args(["--json", "doctor"]).current_dir(sandbox.home()).output().unwrap();
    says(&outcome(outside), "vault", "ok", "`vault init` creates one");
}

#[test]
fn what_is_safe_is_fixed_on_request_only() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    fs::set_permissions(sandbox.identity_file(), fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(sandbox.home().join(".config/vault"), fs::Permissions::from_mode(0o777)).unwrap();
    leave(&sandbox.document("params/.a.yaml.0123456789abcdef.tmp"));
    sandbox.ok(&["man", "--install"]);
    fs::write(sandbox.home().join(".local/share/man/man1/vault.1"), "of an older version").unwrap();

    let run = doctor(&sandbox);
    assert_eq!(run.code, 8, "{run:?}");
    says(&run, "identity", "error", "is open to other users (mode 0644)");
    says(&run, "identity", "error", "chmod 600 ");
    says(&run, "directories", "error", "other users can write");
    says(&run, "leftovers", "warning", "1 temporary file of killed processes");
    says(&run, "man", "warning", "of another version");

    let before = sandbox.everything();
    let tried = sandbox.ok(&["doctor", "--fix", "--dry-run"]);
    assert!(tried.contains("would  identity") && tried.contains("would  man"), "{tried}");
    assert_eq!(sandbox.everything(), before);
    let fixed = sandbox.ok(&["doctor", "--fix"]);
    for check in ["identity", "directories", "leftovers", "man"] {
        assert!(fixed.contains(&format!("fixed  {check}")), "{check}: {fixed}");
    }
    let run = doctor(&sandbox);
    assert_eq!(run.code, 0, "{run:?}");
    for check in ["identity", "directories", "leftovers", "man"] {
        says(&run, check, "ok", "");
    }
}

#[test]
fn an_identity_that_is_missing_or_waits_for_its_passphrase_is_told_apart() {
    let sandbox = Sandbox::new();
    fs::remove_dir_all(sandbox.home().join(".config/vault")).unwrap();
    let run = doctor(&sandbox);
    assert_eq!(run.code, 8, "{run:?}");
    assert_eq!(line(&run, "identity").0, "error");
    let locked = Sandbox::empty();
    let recovery = locked.home().join("recovery.txt");
    let init = ["init", "--no-input", "--passphrase", "--recovery-file", recovery.to_str().unwrap()];
    let made = locked.run_with(&init, &[("VLT_PASSPHRASE", "correct horse battery staple")]);
    if made.code == 0 {
        says(&doctor(&locked), "identity", "warning", "vault unlock");
    }
}

#[test]
fn a_vault_that_is_refused_is_a_line_and_hides_no_other() {
    let sandbox = Sandbox::new();
    sandbox.write("trust/000002.yaml", "not a snapshot");
    let run = doctor(&sandbox);
    assert_eq!(run.code, 8, "{run:?}");
    assert_eq!(line(&run, "vault").0, "error");
    says(&run, "identity", "ok", "opens");
}

#[test]
fn git_is_checked_as_a_graphical_client_would_run_it() {
    let team = Team::new(1);
    let doctor = || team.run(0, &["--json", "doctor"]);
    says(&doctor(), "git", "warning", "vault git-setup");
    team.ok(0, &["git-setup"]);
    says(&doctor(), "git", "ok", env!("CARGO_BIN_EXE_vault"));
    // The first release wrote a bare name.
    team.git(0, &["config", "merge.vault.driver", "vault git-merge %O %A %B %P"]);
    says(&doctor(), "git", "error", "another version of vault set git up here");
    team.ok(0, &["doctor", "--fix"]);
    says(&doctor(), "git", "ok", env!("CARGO_BIN_EXE_vault"));
    // A copy of the program that was set up and is gone.
    let driver = team.git(0, &["config", "merge.vault.driver"]).replace(env!("CARGO_BIN_EXE_vault"), "/nowhere/vault");
    let textconv =
        team.git(0, &["config", "diff.vault.textconv"]).replace(env!("CARGO_BIN_EXE_vault"), "/nowhere/vault");
    team.git(0, &["config", "merge.vault.driver", driver.trim_end()]);
    team.git(0, &["config", "diff.vault.textconv", textconv.trim_end()]);
    says(&doctor(), "git", "error", "`/nowhere/vault`, which is missing");
    team.ok(0, &["doctor", "--fix"]);
    team.git(0, &["config", "core.hooksPath", "hooks"]);
    says(&doctor(), "git", "warning", "`core.hooksPath` is set");
    leave(&team.dir(0).join(".git/index.lock"));
    says(&doctor(), "leftovers", "warning", "index.lock` keeps git from committing");
}

#[test]
fn a_document_from_the_future_is_named() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    let later = body(&sandbox.read("params/a.yaml")).replace("\nrev: 1\n", "\nrev: 2\n");
    let modified = regex::Regex::new("\nmodified: \"\\d{4}").unwrap();
    let later = modified.replace(&later, "\nmodified: \"2999").into_owned();
    sandbox.write("params/a.yaml", sandbox.signed("params/a.yaml", &later));
    says(&doctor(&sandbox), "clock", "warning", "1 document or snapshot is dated later, up to 2999-");
}

/// Runs a command some time from now.
fn later(sandbox: &Sandbox, time: &str, arguments: &[&str]) -> Outcome {
    let mut command = sandbox.command("faketime");
    // The times of files stay what they are.
    command.env("NO_FAKE_STAT", "1").args(["-f", time, env!("CARGO_BIN_EXE_vault")]).args(arguments);
    outcome(command.output().unwrap())
}

#[test]
fn a_clock_that_ran_back_is_seen_by_what_was_recorded() {
    if !has("faketime") {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    assert_eq!(later(&sandbox, "+2m", &["get", "/a"]).code, 0);
    says(&doctor(&sandbox), "clock", "ok", "");
    assert_eq!(later(&sandbox, "+1h", &["get", "/a"]).code, 0);
    says(&doctor(&sandbox), "clock", "warning", "its clock ran back, or was ahead then timedatectl status");
}

#[test]
fn a_timer_that_has_not_run_for_two_days_is_named() {
    if !has("faketime") {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    sandbox.ok(&["rotate", "timer", "--install"]);
    let doctor = |time: &str| later(&sandbox, time, &["--json", "doctor"]);
    says(&doctor("+1d"), "timer", "ok", "");
    says(&doctor("+49h"), "timer", "warning", "is installed, and `vault tick` has not run for 2 days");
    assert_eq!(later(&sandbox, "+47h", &["tick"]).code, 0);
    says(&doctor("+49h"), "timer", "ok", "");
    says(&doctor("+97h"), "timer", "warning", "has not run for 2 days");
}

#[test]
fn a_log_of_uses_that_cannot_be_written_is_named() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    let directory = sandbox.home().join(".local/state/vault").join(sandbox.vault_id()).join("audit/own");
    says(&doctor(&sandbox), "audit", "ok", "records of uses");
    fs::rename(directory.join("log.jsonl"), sandbox.home().join("aside")).unwrap();
    fs::create_dir(directory.join("log.jsonl")).unwrap();
    says(&doctor(&sandbox), "audit", "warning", "uses are not recorded: cannot write ");
    if rustix::process::geteuid().is_root() {
        fs::remove_dir(directory.join("log.jsonl")).unwrap();
        fs::rename(sandbox.home().join("aside"), directory.join("log.jsonl")).unwrap();
        chown(directory.join("log.jsonl"), Some(65534), None).unwrap();
        says(&doctor(&sandbox), "audit", "warning", "belongs to another user sudo chown -R 0 ");
    }
    fs::remove_dir_all(&directory).unwrap();
    fs::write(&directory, "in the way").unwrap();
    says(&doctor(&sandbox), "audit", "warning", "uses are not recorded: ");
    fs::remove_file(&directory).unwrap();
    says(&doctor(&sandbox), "audit", "ok", "nothing was recorded");
    fs::create_dir(&directory).unwrap();
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o500)).unwrap();
    if rustix::process::geteuid().is_root() && !has("setpriv") {
        return;
    }
    let run = sandbox.run_bound(&["--json", "doctor"]);
    says(&run, "audit", "warning", "Permission denied (os error 13) chmod -R u+rwX ");
}

#[test]
fn every_check_is_in_the_documents() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/doctor.md")).unwrap();
    let sandbox = Sandbox::new();
    let report: Value = serde_json::from_str(&doctor(&sandbox).stdout).unwrap();
    for line in report["Checks"].as_array().unwrap() {
        let check = line["Check"].as_str().unwrap();
        assert!(text.contains(&format!("| {check} |")), "docs/doctor.md does not know `{check}`");
    }
}
