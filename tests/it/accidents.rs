//! Accidents with git, and words that stay true: locks, other repositories, shallow clones, renames, line endings, dry runs.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::git::Team;
use crate::project::{Outcome, Sandbox, outcome};

fn says(run: &Outcome, code: i32, part: &str) {
    assert_eq!(run.code, code, "{run:?}");
    assert!(format!("{}{}", run.stdout, run.stderr).contains(part), "{part}: {run:?}");
}

#[test]
fn a_commit_waits_for_another_git() {
    let team = Team::new(1);
    let lock = team.dir(0).join(".git/index.lock");
    fs::write(&lock, "").unwrap();
    let (held, lock_again) = (Instant::now(), lock.clone());
    let holder = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(1500));
        fs::remove_file(lock_again).unwrap();
    });
    team.put(0, "/shared", "second");
    assert!(held.elapsed() >= Duration::from_secs(1));
    holder.join().unwrap();
    assert!(team.git(0, &["status", "--porcelain"]).is_empty());
    // One that nobody releases is named, in one clean sentence.
    fs::write(&lock, "").unwrap();
    let run = team.run(0, &["param", "put", "/shared", "third", "--overwrite", "--commit"]);
    says(&run, 1, "not committed: another git is at work: `");
    says(&run, 1, "if no git is running, a crash left it: `rm ");
    assert!(!run.stderr.contains("\\n"), "{run:?}");
}

#[test]
fn a_repository_that_only_a_variable_names_is_not_used_and_that_is_said() {
    let team = Team::new(1);
    let work = team.path("work");
    fs::create_dir(&work).unwrap();
    assert!(Command::new("cp").arg("-r").arg(team.dir(0).join(".vault")).arg(&work).status().unwrap().success());
    let mut command = team.prepared(team.sandbox.program(), 0);
    command.current_dir(&work).env("GIT_DIR", team.dir(0).join(".git")).env("GIT_WORK_TREE", &work).arg("diff");
    says(&outcome(command.output().unwrap()), 3, "is not in a git repository, and `GIT_DIR` is not used");
}

#[test]
fn a_vault_that_looks_like_a_repository_is_called_one() {
    let team = Team::new(1);
    fs::write(team.document(0, "HEAD"), "ref: refs/heads/main\n").unwrap();
    for directory in ["objects", "refs"] {
        fs::create_dir(team.document(0, directory)).unwrap();
    }
    says(&team.run(0, &["diff"]), 6, "for a repository of its own");
    let verified = team.run(0, &["verify"]);
    says(&verified, 6, "`HEAD`, `objects`, and `refs` do not belong in a vault");
    says(&verified, 6, "documents verified");
    says(&team.run(0, &["--json", "doctor"]), 8, "for a repository of its own");
}

#[test]
fn a_shallow_clone_says_why_a_commit_is_missing() {
    let team = Team::new(1);
    team.put(0, "/shared", "second");
    team.git(0, &["push", "-q"]);
    let (remote, shallow) = (format!("file://{}", team.path("remote.git").display()), team.path("shallow"));
    team.git(0, &["clone", "-q", "--depth", "1", &remote, shallow.to_str().unwrap()]);
    let mut command = team.prepared(team.sandbox.program(), 0);
    let run = outcome(command.current_dir(&shallow).args(["verify", "--git", "HEAD~1..HEAD"]).output().unwrap());
    says(&run, 3, "there is no commit `HEAD~1` in this clone, which is shallow");
    says(&run, 3, "git fetch --unshallow");
    says(&team.run(0, &["verify", "--git", "nowhere"]), 3, "there is no commit `nowhere`");
}

#[test]
fn a_rename_that_meets_a_change_names_the_new_name() {
    let team = Team::new(1);
    team.put(0, "/shared", "second");
    team.git(0, &["switch", "-qc", "renamed"]);
    team.ok(0, &["param", "move", "/shared", "/better/name", "--commit"]);
    team.git(0, &["switch", "-q", "main"]);
    team.put(0, "/shared", "third");
    assert_ne!(team.try_git(0, &["merge", "--no-edit", "renamed"]).code, 0);
    says(&team.run(0, &["resolve"]), 4, "it was renamed to /better/name");
}

#[test]
fn line_endings_of_every_file_are_kept() {
    let team = Team::new(1);
    let hook = team.document(0, "hooks/rotate.sh");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, "#!/bin/sh\nexit 0\n").unwrap();
    team.git(0, &["add", "-A"]);
    team.git(0, &["commit", "-qm", "A hook"]);
    team.git(0, &["push", "-q"]);
    let remote = team.path("remote.git");
    team.git(
        0,
        &["-c", "core.autocrlf=true", "clone", "-q", remote.to_str().unwrap(), team.path("windows").to_str().unwrap()],
    );
    for rel in ["hooks/rotate.sh", "vault.yaml", "params/shared.yaml", "keys/default.yaml"] {
        let text = fs::read_to_string(team.path("windows").join(".vault").join(rel)).unwrap();
        assert!(!text.contains('\r'), "{rel}");
    }
}

#[test]
fn a_hook_with_windows_line_endings_says_so() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["rotate", "hooks", "new", "rotate.sh"]);
    sandbox.write("hooks/rotate.sh", sandbox.read("hooks/rotate.sh").replace('\n', "\r\n"));
    let shown = sandbox.ok(&["--json", "rotate", "hooks", "show", "rotate.sh"]);
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let digest = shown["Digest"].as_str().unwrap();
    sandbox.ok(&["rotate", "hooks", "approve", "rotate.sh", "--digest", digest]);
    let run = sandbox.run(&["rotate", "hooks", "check", "rotate.sh"]);
    assert_ne!(run.code, 0);
    assert!(format!("{}{}", run.stdout, run.stderr).contains("has Windows line endings"), "{run:?}");
}

#[test]
fn a_plain_file_that_git_does_not_ignore_is_mentioned() {
    let team = Team::new(1);
    fs::write(team.dir(0).join(".env"), "DB_PASSWORD=hunter2hunter2\n").unwrap();
    says(&team.run(0, &["git-setup"]), 0, "git does not ignore `.env`");
    says(&team.run(0, &["import", ".env", "--path", "/n", "--yes"]), 0, "git does not ignore `.env`");
    assert!(!team.run(0, &["git-setup", "--scan"]).stderr.contains("does not ignore"));
    fs::write(team.dir(0).join(".gitignore"), ".env\n").unwrap();
    let run = team.run(0, &["import", ".env", "--path", "/m", "--yes"]);
    assert!(run.code == 0 && !run.stderr.contains("does not ignore"), "{run:?}");
}

#[test]
fn one_file_is_scanned() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "correct-horse-battery");
    fs::write(sandbox.project().join("build.log"), "x\nkey=correct-horse-battery\n").unwrap();
    fs::write(sandbox.project().join("other.log"), "nothing\n").unwrap();
    says(&sandbox.run(&["scan", "build.log"]), 8, "build.log:2");
    says(&sandbox.run(&["scan", "other.log"]), 0, "");
    says(&sandbox.run(&["scan", "none.log"]), 2, "give a directory or a file");
}

#[test]
fn a_dry_run_never_says_that_something_was_done() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    sandbox.put("/a", "two");
    sandbox.ok(&["label", "add", "/a", "live"]);
    assert_eq!(sandbox.feed(&["secret", "create", "db", "--stdin"], b"x").code, 0);
    for (arguments, wrong) in [
        (&["param", "rm", "/a"][..], "/a deleted"),
        (&["param", "move", "/a", "/z"], "/a \u{2192} /z"),
        (&["param", "tag", "/a", "k=v"], "was tagged"),
        (&["label", "move", "/a", "live", "--to", "1"], "live \u{2192} version 1"),
        (&["label", "rm", "/a", "live"], "live removed"),
        (&["secret", "tag", "db", "k=v"], "was tagged"),
        (&["rotate", "hooks", "new", "rotate.sh"], "rotate.sh written"),
        (&["man", "--install"], "pages in `"),
    ] {
        let run = sandbox.run(&[&["--dry-run"], arguments].concat());
        says(&run, 0, "note: this was a dry run: nothing was changed");
        assert!(!format!("{}{}", run.stdout, run.stderr).contains(wrong), "{arguments:?}: {run:?}");
        let json = sandbox.run(&[&["--dry-run", "--json"], arguments].concat());
        assert!(json.stdout.is_empty() || json.stdout.contains("\n  \"DryRun\": true"), "{arguments:?}: {json:?}");
        let json = sandbox.run(&[&["--json"], &arguments[..2], &["--help"]].concat());
        assert_eq!(json.code, 0);
    }
}

#[test]
fn a_dry_run_of_a_merge_changes_nothing_either() {
    let team = crate::git::diverged();
    let before = team.git(1, &["rev-parse", "HEAD"]);
    let run = team.run(1, &["--dry-run", "sync"]);
    says(&run, 0, "would merge 1 and push 1 commits; uncommitted: 0");
    assert_eq!(team.git(1, &["rev-parse", "HEAD"]), before);
    assert_ne!(team.try_git(1, &["merge", "--no-edit", "origin/main"]).code, 0);
    let tried = team.run(1, &["--dry-run", "resolve"]);
    says(&tried, 0, "/shared would be resolved");
    assert!(team.run(1, &["--json", "--dry-run", "resolve"]).stdout.contains("\"DryRun\": true"));
    let setup = team.run(1, &["--dry-run", "git-setup"]);
    says(&setup, 0, "git would merge and show documents");
    assert!(!setup.stdout.contains("already exists"), "{setup:?}");
}

#[test]
fn hooks_of_husky_are_written_beside_its_own() {
    let team = Team::new(1);
    team.git(0, &["config", "core.hooksPath", ".husky/_"]);
    let run = team.run(0, &["git-setup"]);
    says(&run, 0, ".husky/pre-commit, executable, with:");
    says(&run, 0, "  #!/bin/sh\n");
    assert!(!run.stdout.contains(".husky/_/pre-commit"), "{run:?}");
}
