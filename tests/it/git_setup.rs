//! What git does with a vault if it cannot run the program, or runs an earlier version: no side is lost silently.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::git::{Team, diverged, refused};
use crate::project::{Outcome, outcome};

const FILE: &str = ".vault/params/shared.yaml";

/// Sets a clone up with a copy of the program.
fn set_up_with_copy(team: &Team, clone: usize, name: &str) -> PathBuf {
    let directory = team.path(name);
    fs::create_dir_all(&directory).unwrap();
    let copy = team.sandbox.copy_of(env!("CARGO_BIN_EXE_vault"), "vault-copy");
    let program = directory.join("vault");
    fs::rename(copy, &program).unwrap();
    let run = outcome(team.prepared(team.sandbox.command(&program), clone).arg("git-setup").output().unwrap());
    assert_eq!(run.code, 0, "{run:?}");
    program
}

/// Git as a graphical client runs it: with no directory of the user's own on the search path.
fn git_without(team: &Team, arguments: &[&str]) -> Outcome {
    let mut command = team.prepared(team.sandbox.command("git"), 1);
    outcome(command.args(arguments).env("PATH", "/usr/local/bin:/usr/bin:/bin").output().unwrap())
}

fn says(run: &Outcome, code: i32, part: &str) {
    assert_eq!(run.code, code, "{run:?}");
    assert!(format!("{}{}", run.stdout, run.stderr).contains(part), "{part}: {run:?}");
}

fn text(team: &Team) -> String {
    fs::read_to_string(team.dir(1).join(FILE)).unwrap()
}

/// The conflict of `diverged` is there for everybody to see, until it is resolved.
fn is_seen_until_it_is_resolved(team: &Team, message: &str) {
    says(&team.run(1, &["status", "--check"]), 8, message);
    says(&team.run(1, &["verify"]), 6, message);
    says(&team.run(1, &["--json", "verify"]), 6, r#""Kind": "conflict""#);
    says(&team.run(1, &["resolve"]), 0, "/shared resolved");
    team.ok(1, &["git-setup"]);
    team.git(1, &["commit", "-q", "--no-edit"]);
    team.ok(1, &["verify"]);
    assert_eq!(team.values(1, "/shared").len(), 3);
    team.ok(1, &["verify", "--git", "origin/main..HEAD"]);
}

#[test]
fn a_client_with_another_search_path_merges_all_the_same() {
    let team = diverged();
    let program = set_up_with_copy(&team, 1, "it's 100% a program");
    let driver = team.git(1, &["config", "merge.vault.driver"]);
    assert!(driver.contains("100%% a program"), "{driver}");
    says(&git_without(&team, &["merge", "--no-edit", "origin/main"]), 0, "");
    team.ok(1, &["verify"]);
    assert_eq!(team.values(1, "/shared").len(), 3);
    says(&git_without(&team, &["show", "-m", "HEAD", "--", FILE]), 0, "number: 3");
    // A path that the search path leads to outlives an upgrade, which changes what is behind it.
    let bin = team.path("bin");
    fs::create_dir(&bin).unwrap();
    symlink(&program, bin.join("vault")).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let run = { team.prepared(team.sandbox.command(&program), 1) }.arg("git-setup").env("PATH", path).output().unwrap();
    assert_eq!(outcome(run).code, 0);
    let driver = team.git(1, &["config", "merge.vault.driver"]);
    assert!(driver.starts_with(&format!("'{}/vault' git-merge ", bin.display())), "{driver}");
}

#[test]
fn a_merge_without_the_program_leaves_both_sides_in_the_file() {
    for how in ["gone", "not executable", "killed"] {
        let team = diverged();
        let program = set_up_with_copy(&team, 1, "bin");
        match how {
            "gone" => fs::remove_file(&program).unwrap(),
            "killed" => fs::write(&program, "#!/bin/sh\nkill -9 $$\n").unwrap(),
            _ => fs::set_permissions(&program, fs::Permissions::from_mode(0o644)).unwrap(),
        }
        says(&git_without(&team, &["merge", "--no-edit", "origin/main"]), 1, "CONFLICT");
        let text = text(&team);
        assert!(text.contains("<<<<<<< ours") && text.contains(">>>>>>> theirs"), "{how}: {text}");
        refused(&team, 1);
        is_seen_until_it_is_resolved(&team, "merge conflict in `params/shared.yaml`: run `vault resolve`");
    }
}

#[test]
fn marks_that_were_added_are_still_a_conflict() {
    let team = diverged();
    let program = set_up_with_copy(&team, 1, "bin");
    fs::remove_file(&program).unwrap();
    assert_ne!(git_without(&team, &["merge", "--no-edit", "origin/main"]).code, 0);
    team.git(1, &["add", "-A"]);
    says(&git_without(&team, &["commit", "-m", "Merge"]), 1, "vault git-setup");
    says(&team.run(1, &["status"]), 0, &format!("git merges documents with `{}`, which is missing", program.display()));
    team.ok(1, &["git-setup"]);
    says(
        &team.try_git(1, &["commit", "-m", "Merge"]),
        1,
        "merge conflict in `params/shared.yaml`: run `vault resolve`",
    );
    is_seen_until_it_is_resolved(&team, "merge conflict in `params/shared.yaml`: run `vault resolve`");
}

#[test]
fn a_key_with_marks_is_not_committed() {
    let team = Team::new(2);
    team.join("bob");
    team.join("carol");
    team.git(0, &["push", "-q"]);
    team.git(1, &["pull", "-q"]);
    for (clone, reader) in [(0, "bob"), (1, "carol")] {
        team.ok(clone, &["git-setup"]);
        team.ok(clone, &["key", "revoke", "default", reader, "--yes", "--commit"]);
    }
    team.git(0, &["push", "-q"]);
    // A clone that lost the driver, as one that was made by a copy of the files.
    team.git(1, &["config", "--remove-section", "merge.vault"]);
    assert_ne!(team.try_git(1, &["pull", "-q", "--no-rebase", "--no-edit"]).code, 0);
    team.ok(1, &["trust", "rebase", "--yes"]);
    team.git(1, &["add", "-A"]);
    let message = "merge conflict in `keys/default.yaml`: run `vault resolve`";
    says(&team.try_git(1, &["commit", "-m", "Merge"]), 1, message);
    says(&team.run(1, &["status"]), 0, message);
    team.ok(1, &["resolve"]);
    team.git(1, &["commit", "-q", "--no-edit"]);
    team.ok(1, &["verify"]);
}

#[test]
fn marks_that_were_committed_are_named_with_a_way_out() {
    let team = diverged();
    team.git(1, &["switch", "-qc", "here"]);
    assert_ne!(team.try_git(1, &["cherry-pick", "origin/main"]).code, 0);
    team.git(1, &["commit", "-qam", "With its marks"]);
    let lost = team.run(1, &["resolve"]);
    assert_eq!(lost.code, 4, "{lost:?}");
    assert!(lost.stdout.contains("`git checkout COMMIT -- FILE`"), "{lost:?}");
    assert_eq!(team.run(1, &["resolve", "--ours"]).code, 4);
    assert!(team.dir(1).join(FILE).exists());
}

/// The first release wrote a bare name, and the file was left as ours without any mark.
#[test]
fn a_side_that_git_dropped_by_itself_is_seen_and_resolved() {
    let old = "vault git-merge %O %A %B %P";
    for is_added in [false, true] {
        let team = diverged();
        team.ok(1, &["git-setup"]);
        team.git(1, &["config", "merge.vault.driver", old]);
        let before = text(&team);
        assert_ne!(git_without(&team, &["merge", "--no-edit", "origin/main"]).code, 0);
        assert_eq!(text(&team), before, "no mark");
        says(&team.run(1, &["status"]), 0, "another version of vault set git up here; run `vault git-setup` again");
        let mut message = "merge conflict in `params/shared.yaml`: run `vault resolve`";
        if is_added {
            team.git(1, &["add", "-A"]);
            message = "the merge keeps one side of `params/shared.yaml` and drops the changes of the other";
            says(&team.try_git(1, &["commit", "-m", "Merge"]), 1, message);
        }
        is_seen_until_it_is_resolved(&team, message);
    }
}

#[test]
fn a_side_that_somebody_takes_by_hand_drops_the_other_one() {
    for side in ["--ours", "--theirs"] {
        let team = diverged();
        team.ok(1, &["git-setup"]);
        assert_ne!(team.try_git(1, &["-c", "merge.vault.driver=false", "merge", "origin/main"]).code, 0);
        team.git(1, &["checkout", side, "--", FILE]);
        team.git(1, &["add", FILE]);
        let message = "the merge keeps one side of `params/shared.yaml` and drops the changes of the other";
        says(&team.try_git(1, &["commit", "-m", "Merge"]), 1, message);
        is_seen_until_it_is_resolved(&team, message);
    }
    // A document that one side alone has changed is that side's.
    let team = diverged();
    team.put(1, "/mine", "1");
    team.put(0, "/yours", "1");
    team.git(0, &["push", "-q"]);
    team.ok(1, &["git-setup"]);
    team.git(1, &["fetch", "-q"]);
    team.git(1, &["merge", "-q", "--no-commit", "origin/main"]);
    team.ok(1, &["verify", "--staged"]);
    team.ok(1, &["verify"]);
    team.git(1, &["commit", "-q", "--no-edit"]);
}

/// Sides that meet again: what one of the common ancestors has is nobody's own.
#[test]
fn branches_that_merged_each_other_drop_nothing() {
    let team = diverged();
    team.ok(1, &["git-setup"]);
    team.git(1, &["switch", "-qc", "one", "origin/main"]);
    team.git(1, &["switch", "-qc", "two", "main"]);
    team.git(1, &["merge", "-q", "--no-edit", "origin/main"]);
    team.git(1, &["switch", "-q", "one"]);
    team.git(1, &["merge", "-q", "--no-commit", "--no-ff", "main"]);
    team.git(1, &["commit", "-qm", "The other way"]);
    team.git(1, &["merge", "-q", "--no-commit", "two"]);
    team.ok(1, &["verify", "--staged"]);
}

#[test]
fn a_sync_that_stops_leaves_both_sides_in_the_file() {
    let team = Team::new(2);
    team.put(0, "/shared", "second");
    team.git(0, &["push", "-q"]);
    team.git(1, &["pull", "-q"]);
    for (clone, version) in [(0, "/shared:1"), (1, "/shared:2")] {
        team.ok(clone, &["label", "add", version, "live", "--commit"]);
    }
    team.git(0, &["push", "-q"]);
    says(&team.run(1, &["sync"]), 4, "both sides changed the label `live`");
    assert!(text(&team).contains("<<<<<<< ours"));
    refused(&team, 1);
    team.ok(1, &["resolve", "--theirs"]);
    team.git(1, &["commit", "-q", "--no-edit"]);
    team.ok(1, &["sync"]);
}

#[test]
fn without_the_program_other_files_are_committed_and_differences_shown() {
    let team = diverged();
    let program = set_up_with_copy(&team, 1, "bin");
    fs::remove_file(program).unwrap();
    fs::write(team.dir(1).join("notes.txt"), "x").unwrap();
    team.git(1, &["add", "notes.txt"]);
    says(&git_without(&team, &["commit", "-qm", "Notes"]), 0, "");
    says(&git_without(&team, &["diff", "HEAD~2"]), 0, "+    value: \"theirs\"");
    let put = team.run(1, &["param", "put", "/other", "x", "--type", "String", "--commit"]);
    says(&put, 1, "is missing and cannot check this commit; run 'vault git-setup' again");
    // Who asked for a search of every commit gets none without it.
    team.ok(1, &["git-setup", "--scan"]);
    let hook = team.dir(1).join(".git/hooks/pre-commit");
    let searching = fs::read_to_string(&hook).unwrap();
    fs::write(&hook, searching.replace(env!("CARGO_BIN_EXE_vault"), "/nowhere/vault")).unwrap();
    team.git(1, &["reset", "-q"]);
    team.git(1, &["commit", "-q", "--allow-empty", "--no-verify", "-m", "Nothing"]);
    says(&team.try_git(1, &["commit", "--allow-empty", "-m", "Nothing"]), 1, "/nowhere/vault is missing");
    says(&team.run(1, &["status"]), 0, "another version of vault set git up here");
    team.ok(1, &["git-setup"]);
    assert_eq!(fs::read_to_string(&hook).unwrap(), searching, "setting up again takes no check away");
}

#[test]
fn a_hook_of_the_first_version_is_replaced_and_another_one_is_not() {
    let team = Team::new(1);
    let hook = team.dir(0).join(".git/hooks/pre-commit");
    let head = "#!/bin/sh\n# Checks staged documents of the vault; see `vault git-setup`.\n";
    fs::write(&hook, format!("{head}vault --vault '.vault' verify --staged || exit 1\n")).unwrap();
    assert!(team.ok(0, &["git-setup"]).contains("checks what is committed"));
    let written = fs::read_to_string(&hook).unwrap();
    assert!(written.contains(&format!("vault='{}'", env!("CARGO_BIN_EXE_vault"))), "{written}");
    let other = format!("{head}vault --vault 'other/.vault' verify --staged || exit 1\n");
    fs::write(&hook, &other).unwrap();
    let printed = team.ok(0, &["git-setup"]);
    assert!(printed.contains("already exists; add to it:"), "{printed}");
    assert_eq!(fs::read_to_string(&hook).unwrap(), other);
    let lines: Vec<&str> = printed.lines().filter_map(|line| line.strip_prefix("  ")).collect();
    fs::write(&hook, format!("{other}{}\n", lines.join("\n"))).unwrap();
    assert!(team.ok(0, &["git-setup"]).contains("checks what is committed"));
    team.git(0, &["config", "core.hooksPath", ".husky/_"]);
    let printed = team.ok(0, &["git-setup"]);
    assert!(
        printed.contains("`core.hooksPath` is set, so this hook is yours: write") && !Path::new(".husky").exists(),
        "{printed}"
    );
}
