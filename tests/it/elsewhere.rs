//! What one machine remembers of a vault wherever it finds it: in a clone, on another branch, in a copy.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::branches::{add, admins, fetch, try_git};
use crate::project::{Outcome, Sandbox, outcome};
use crate::team::{clone, commit, git};

fn record(sandbox: &Sandbox) -> PathBuf {
    sandbox.home().join(".local/state/vault").join(sandbox.vault_id()).join("verified")
}

fn lines(sandbox: &Sandbox, beginning: &str) -> Vec<String> {
    let text = fs::read_to_string(record(sandbox)).unwrap();
    text.lines().filter(|line| line.starts_with(beginning)).map(str::to_owned).collect()
}

fn read_in(directory: &Path, sandbox: &Sandbox, name: &str) -> Outcome {
    outcome(sandbox.program().current_dir(directory).args(["param", "get", name]).output().unwrap())
}

fn reads(directory: &Path, sandbox: &Sandbox, name: &str, value: &str) {
    let run = read_in(directory, sandbox, name);
    assert_eq!((run.code, run.stdout.as_str()), (0, value), "in {}", directory.display());
    assert!(run.stderr.is_empty() || run.stderr.ends_with("this checkout is older\n"), "{run:?}");
}

#[test]
fn clones_branches_and_copies_of_one_vault_work_and_are_remembered_as_one() {
    let (ana, bob) = admins();
    git(&ana, &["tag", "before"]);
    let (carol, dave) = (clone(&ana), clone(&ana));
    add(&ana, &carol, "carol", &[]);
    commit(&ana);
    add(&bob, &dave, "dave", &[]);
    bob.put("/dev/of-bob", "by bob");
    commit(&bob);
    fetch(&ana, &bob);
    assert_eq!(lines(&ana, "snapshot ").len(), 4, "the chain of this branch from its genesis");
    let place = |name: &str| ana.home().join(name);
    let path = |name: &str| place(name).to_str().unwrap().to_owned();
    let project = ana.project();
    git(&ana, &["worktree", "add", "-q", &path("their-branch"), "theirs"]);
    git(&ana, &["worktree", "add", "-q", "--detach", &path("older"), "before"]);
    git(&ana, &["clone", "-q", project.to_str().unwrap(), &path("clone")]);
    assert!(ana.command("cp").arg("-r").arg(&project).arg(place("copy")).status().unwrap().success());
    for name in ["older", "clone", "copy"] {
        reads(&place(name), &ana, "/dev/db", "first");
    }
    // Which of two chains is the vault's, an admin has to say.
    let fork = read_in(&place("their-branch"), &ana, "/dev/db");
    assert!(fork.code == 6 && fork.stderr.contains("vault trust rebase"), "{fork:?}");
    assert_eq!(lines(&ana, "snapshot ").len(), 4, "it is refused before it is recorded");
    assert_eq!(fs::metadata(record(&ana)).unwrap().permissions().mode() & 0o777, 0o600);
    // The two become one, and nothing that was remembered is in the way.
    assert_ne!(try_git(&ana, &["merge", "theirs"]).code, 0);
    ana.ok(&["trust", "rebase", "--yes"]);
    ana.ok(&["resolve"]);
    git(&ana, &["commit", "-q", "--no-edit"]);
    ana.ok(&["member", "rm", "bob", "--yes"]);
    ana.ok(&["verify"]);
    let numbers = lines(&ana, "snapshot ");
    assert_eq!(numbers.len(), 7, "both branches, the changes of one side once more, and the removal: {numbers:?}");
    for name in ["their-branch", "older", "clone", "copy"] {
        reads(&place(name), &ana, "/dev/db", "first");
    }
    reads(&place("their-branch"), &ana, "/dev/of-bob", "by bob");
    assert_eq!(lines(&ana, "").len(), 8, "an older state adds nothing");
}

#[test]
fn a_chain_that_was_taken_back_and_accepted_is_remembered_beside_the_one_before() {
    let ana = Sandbox::new();
    commit(&ana);
    ana.ok(&["key", "create", "one", "--scope", "parameter:/one"]);
    commit(&ana);
    git(&ana, &["reset", "-q", "--hard", "HEAD~1"]);
    ana.ok(&["trust", "accept", "--yes"]);
    ana.ok(&["key", "create", "two", "--scope", "parameter:/two"]);
    assert_eq!((lines(&ana, "snapshot 3 ").len(), lines(&ana, "snapshot ").len()), (1, 3), "nothing is lowered");
    let accepted = fs::read_dir(record(&ana).parent().unwrap().join("accepted")).unwrap();
    let accepted: Vec<String> = accepted.map(|it| fs::read_to_string(it.unwrap().path()).unwrap()).collect();
    assert_eq!((accepted.len(), accepted[0].matches("snapshot ").count()), (1, 3), "an exception for this directory");
    // One that cannot be written keeps nobody from accepting.
    fs::remove_file(record(&ana)).unwrap();
    fs::create_dir(record(&ana)).unwrap();
    commit(&ana);
    git(&ana, &["reset", "-q", "--hard", "HEAD~1"]);
    assert_eq!(ana.run(&["key", "ls"]).code, 6);
    ana.ok(&["trust", "accept", "--yes"]);
    ana.ok(&["key", "ls"]);
}

#[test]
fn a_record_that_is_damaged_or_cannot_be_written_counts_as_none() {
    let ana = Sandbox::new();
    ana.put("/a", "1");
    ana.ok(&["key", "create", "one", "--scope", "parameter:/one"]);
    assert_eq!(lines(&ana, "snapshot ").len(), 3);
    fs::write(record(&ana), "junk").unwrap();
    let said = ana.run(&["param", "get", "/a"]);
    assert!(said.stdout == "1" && said.stderr.contains("was deleted or is damaged"), "{said:?}");
    assert_eq!(ana.run(&["param", "get", "/a"]).stderr, "", "it is written anew");
    ana.ok(&["key", "create", "two", "--scope", "parameter:/two"]);
    assert_eq!(lines(&ana, "snapshot ").len(), 4, "from the genesis");
    // Where a directory is in its place, it can be neither read nor written.
    fs::remove_file(record(&ana)).unwrap();
    fs::create_dir(record(&ana)).unwrap();
    let run = ana.run(&["key", "create", "three", "--scope", "parameter:/three"]);
    assert!(run.code == 0 && run.stderr.contains("is not a regular file"), "{run:?}");
    let clone = ana.home().join("clone");
    assert!(ana.command("cp").arg("-r").arg(ana.project()).arg(&clone).status().unwrap().success());
    let first = read_in(&clone, &ana, "/a");
    assert_eq!((first.code, first.stdout.as_str()), (0, "1"), "{first:?}");
    let again = read_in(&clone, &ana, "/a");
    assert!(
        again.stdout == "1" && again.stderr.contains("was deleted or is damaged"),
        "as long as that is so: {again:?}"
    );
    ana.ok(&["verify"]);
}
