//! Real git: clones that write at the same time, and merges of every kind.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use crate::project::{Outcome, Sandbox, has, outcome};
use crate::rotation::approve_rotation;

const CANARY: &str = "canary-8d1f3b";

/// Clones of one repository with a vault. They share an identity; each has a memory of its own.
pub(crate) struct Team {
    pub(crate) sandbox: Sandbox,
    id: String,
}

impl Team {
    /// A bare repository with a vault that contains `/shared`, and clones of it.
    pub(crate) fn new(clones: usize) -> Self {
        let sandbox = Sandbox::empty();
        fs::remove_dir_all(sandbox.project().join(".git")).unwrap();
        let config = "[user]\nname = Ana\nemail = ana@example.org\n[init]\ndefaultBranch = main\n[advice]\ndetachedHead = false\n";
        fs::write(sandbox.home().join(".gitconfig"), config).unwrap();
        let recovery = sandbox.home().join("recovery.txt");
        sandbox.ok(&["init", "--no-input", "--plaintext-identity", "--recovery-file", recovery.to_str().unwrap()]);
        sandbox.put("/shared", "first");
        let team = Team { id: sandbox.vault_id(), sandbox };
        let project = team.sandbox.project();
        let bare = team.path("remote.git");
        team.git_in(&project, &["init", "-q"]);
        team.git_in(&project, &["add", "-A"]);
        team.git_in(&project, &["commit", "-qm", "A vault"]);
        team.git_in(&project, &["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
        for number in 0..clones {
            let clone = team.path(&format!("clone{number}"));
            team.git_in(&project, &["clone", "-q", bare.to_str().unwrap(), clone.to_str().unwrap()]);
        }
        team
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.sandbox.home().parent().unwrap().join(name)
    }

    pub(crate) fn dir(&self, clone: usize) -> PathBuf {
        self.path(&format!("clone{clone}"))
    }

    fn git_in(&self, directory: &std::path::Path, arguments: &[&str]) -> Outcome {
        let run = outcome(self.sandbox.command("git").args(arguments).current_dir(directory).output().unwrap());
        assert_eq!(run.code, 0, "git {arguments:?}: {run:?}");
        run
    }

    pub(crate) fn prepared(&self, mut command: Command, clone: usize) -> Command {
        command.current_dir(self.dir(clone)).env("VLT_ID", &self.id);
        command.env("XDG_STATE_HOME", self.path(&format!("state{clone}")));
        command
    }

    /// Git in a clone, whatever it comes to.
    pub(crate) fn try_git(&self, clone: usize, arguments: &[&str]) -> Outcome {
        let command = self.prepared(self.sandbox.command("git"), clone);
        outcome({ command }.args(arguments).output().unwrap())
    }

    pub(crate) fn git(&self, clone: usize, arguments: &[&str]) -> String {
        let run = self.try_git(clone, arguments);
        assert_eq!(run.code, 0, "git {arguments:?}: {run:?}");
        run.stdout
    }

    pub(crate) fn run(&self, clone: usize, arguments: &[&str]) -> Outcome {
        let command = self.prepared(self.sandbox.program(), clone);
        outcome({ command }.args(arguments).output().unwrap())
    }

    pub(crate) fn ok(&self, clone: usize, arguments: &[&str]) -> String {
        let run = self.run(clone, arguments);
        assert_eq!(run.code, 0, "{arguments:?}: {run:?}");
        run.stdout
    }

    /// Puts a plain value and commits it.
    pub(crate) fn put(&self, clone: usize, name: &str, value: &str) {
        self.ok(clone, &["param", "put", name, value, "--type", "String", "--plaintext", "--overwrite", "--commit"]);
    }

    /// Puts a secret value and commits it.
    pub(crate) fn put_secret(&self, clone: usize, name: &str, value: &str) {
        let file = self.path(&format!("value{clone}"));
        fs::write(&file, value).unwrap();
        self.ok(clone, &["param", "put", name, "--file", file.to_str().unwrap(), "--overwrite", "--commit"]);
    }

    pub(crate) fn document(&self, clone: usize, rel: &str) -> PathBuf {
        self.dir(clone).join(".vault").join(rel)
    }

    /// A newcomer with an identity of their own asks to join, and clone 0 lets them.
    pub(crate) fn join(&self, name: &str) {
        let (home, request) = (self.path(&format!("home-{name}")), self.path(&format!("{name}.yaml")));
        fs::create_dir(&home).unwrap();
        let mut command = self.prepared(self.sandbox.program(), 0);
        command
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_STATE_HOME", home.join("state"));
        command.args(["--json", "member", "request", "--no-input", "--plaintext-identity", "--name", name, "--out"]);
        let made = outcome(command.arg(&request).output().unwrap());
        assert_eq!(made.code, 0, "{made:?}");
        let made: serde_json::Value = serde_json::from_str(&made.stdout).unwrap();
        let fingerprint = made["Fingerprint"].as_str().unwrap();
        let add = ["member", "add", request.to_str().unwrap(), "--read", "default", "--no-input", "--commit"];
        self.ok(0, &[&add[..], &["--fingerprint", fingerprint]].concat());
    }

    pub(crate) fn values(&self, clone: usize, name: &str) -> Vec<(u64, String)> {
        let text = self.ok(clone, &["--json", "param", "history", name, "--values"]);
        let history: serde_json::Value = serde_json::from_str(&text).unwrap();
        let version = |version: &serde_json::Value| {
            (version["Version"].as_u64().unwrap(), version["Value"].as_str().unwrap().to_owned())
        };
        history["Parameters"].as_array().unwrap().iter().map(version).collect()
    }
}

#[test]
fn puts_on_two_branches_are_both_kept_and_both_directions_agree() {
    let team = Team::new(2);
    for (clone, branch, value) in [(0, "a", CANARY), (1, "b", "from b")] {
        team.ok(clone, &["git-setup"]);
        team.git(clone, &["switch", "-qc", branch]);
        team.put_secret(clone, "/shared", value);
        team.git(clone, &["push", "-q", "origin", branch]);
    }
    for (clone, other) in [(0, "origin/b"), (1, "origin/a")] {
        team.git(clone, &["fetch", "-q"]);
        team.git(clone, &["merge", "-q", "--no-edit", other]);
        team.ok(clone, &["verify"]);
    }
    let read = |clone| fs::read_to_string(team.document(clone, "params/shared.yaml")).unwrap();
    assert_eq!(read(0), read(1), "the merge is the same, whichever branch was merged into the other");
    let values = team.values(0, "/shared");
    assert_eq!(values.len(), 3);
    assert_eq!((values[0].0, values[1].0, values[2].0), (1, 2, 3));
    let all: Vec<&str> = values.iter().map(|(_, value)| value.as_str()).collect();
    assert!(all.contains(&CANARY) && all.contains(&"from b"));
    let shown = team.git(0, &["log", "-p", "--all", "-m"]);
    assert!(shown.contains("number: 3") && !shown.contains(CANARY) && !shown.contains("xc1:A"), "values stay hidden");
}

#[test]
fn plain_values_are_hidden_from_git_s_output_too() {
    let team = Team::new(1);
    team.ok(0, &["git-setup"]);
    team.put(0, "/plain", CANARY);
    team.put(0, "/plain", &format!("{CANARY}-2"));
    assert!(fs::read_to_string(team.document(0, "params/plain.yaml")).unwrap().contains(CANARY), "it is plain");
    for shown in [team.git(0, &["log", "-p"]), team.git(0, &["show", "HEAD"]), team.ok(0, &["diff", "HEAD~2..HEAD"])] {
        assert!(shown.contains("/plain") && !shown.contains(CANARY), "{shown}");
    }
    let log = team.git(0, &["log", "--format=%s"]);
    assert_eq!(log.lines().take(2).collect::<Vec<_>>(), ["vault: put /plain v2", "vault: put /plain v1"]);
}

#[test]
fn different_documents_merge_without_a_driver() {
    let team = Team::new(2);
    team.put(0, "/a", "1");
    team.put(1, "/b", "2");
    team.git(0, &["push", "-q"]);
    team.git(1, &["pull", "-q", "--no-rebase", "--no-edit"]);
    team.ok(1, &["verify"]);
    assert_eq!(team.ok(1, &["param", "ls"]).lines().count(), 3);
}

/// Two clones that both wrote `/shared`; the first has pushed.
pub(crate) fn diverged() -> Team {
    let team = Team::new(2);
    team.put(0, "/shared", "ours");
    team.git(0, &["push", "-q"]);
    team.put(1, "/shared", "theirs");
    team.git(1, &["fetch", "-q"]);
    team
}

pub(crate) fn refused(team: &Team, clone: usize) {
    let read = team.run(clone, &["param", "get", "/shared"]);
    assert_eq!((read.code, read.stdout.as_str()), (6, ""), "{read:?}");
    assert!(read.stderr.contains("vault resolve"), "{read:?}");
}

#[test]
fn text_merges_are_refused_until_they_are_resolved() {
    let team = diverged();
    assert_ne!(team.try_git(1, &["merge", "origin/main"]).code, 0, "the signatures differ");
    refused(&team, 1);
    let resolved = team.ok(1, &["resolve"]);
    assert!(resolved.contains("/shared resolved"), "{resolved}");
    team.git(1, &["commit", "-q", "--no-edit"]);
    team.ok(1, &["verify"]);
    assert_eq!(team.values(1, "/shared").len(), 3);
    assert_eq!(team.ok(1, &["resolve"]), "no document is in conflict\n");
}

#[test]
fn union_merges_are_refused_until_they_are_resolved() {
    let team = diverged();
    fs::write(team.dir(1).join(".git/info/attributes"), "*.yaml merge=union\n").unwrap();
    team.git(1, &["merge", "-q", "--no-edit", "origin/main"]);
    refused(&team, 1);
    team.ok(1, &["resolve"]);
    team.git(1, &["commit", "-qm", "One document again"]);
    team.ok(1, &["verify"]);
    assert_eq!(team.values(1, "/shared").len(), 3);
}

#[test]
fn rebases_and_cherry_picks_are_resolved() {
    let team = diverged();
    assert_ne!(team.try_git(1, &["rebase", "origin/main"]).code, 0);
    team.ok(1, &["resolve"]);
    team.git(1, &["-c", "core.editor=true", "rebase", "--continue"]);
    team.ok(1, &["verify"]);
    assert_eq!(team.values(1, "/shared").len(), 3);
    let team = diverged();
    assert_ne!(team.try_git(1, &["cherry-pick", "origin/main"]).code, 0);
    team.ok(1, &["resolve"]);
    team.git(1, &["-c", "core.editor=true", "cherry-pick", "--continue"]);
    assert_eq!(team.values(1, "/shared").len(), 3);
}

#[test]
fn a_name_that_both_sides_created_or_one_created_again_is_no_rollback() {
    let team = Team::new(2);
    team.put(0, "/new", "ours");
    team.put(0, "/new", "ours again");
    team.put(1, "/new", "theirs");
    team.git(0, &["push", "-q"]);
    assert_eq!(team.try_git(1, &["pull", "-q", "--no-rebase", "--no-edit"]).code, 1, "two documents of one name");
    assert_eq!(team.run(1, &["resolve"]).code, 4);
    team.ok(1, &["resolve", "--theirs"]);
    team.git(1, &["commit", "-q", "--no-edit"]);
    assert_eq!(team.ok(1, &["param", "get", "/new"]), "ours again");
    team.ok(1, &["verify"]);
    team.git(1, &["push", "-q"]);
    team.git(0, &["pull", "-q"]);
    team.ok(0, &["verify"]);
    for (from, to) in [(0, 1), (1, 0)] {
        team.ok(from, &["param", "rm", "--yes", "/new", "--commit"]);
        team.put(from, "/new", "created again");
        team.git(from, &["push", "-q"]);
        team.git(to, &["pull", "-q"]);
        assert_eq!(team.ok(to, &["param", "get", "/new"]), "created again");
        team.ok(to, &["verify"]);
    }
}

#[test]
fn a_label_that_both_sides_moved_waits_for_a_person() {
    let team = Team::new(2);
    team.put(0, "/shared", "second");
    team.git(0, &["push", "-q"]);
    team.git(1, &["pull", "-q"]);
    for (clone, version) in [(0, "/shared:1"), (1, "/shared:2")] {
        team.ok(clone, &["git-setup"]);
        team.ok(clone, &["label", "add", version, "live", "--commit"]);
    }
    team.git(0, &["push", "-q"]);
    let merge = team.try_git(1, &["pull", "--no-rebase", "--no-edit"]);
    assert_eq!(merge.code, 1, "{merge:?}");
    assert!(merge.stderr.contains("both sides changed the label `live`"), "{merge:?}");
    refused(&team, 1);
    let stuck = team.run(1, &["resolve"]);
    assert_eq!(stuck.code, 4);
    assert!(stuck.stdout.contains("the label `live`") && stuck.stdout.contains("by ana"), "{stuck:?}");
    team.ok(1, &["resolve", "--ours"]);
    team.git(1, &["commit", "-q", "--no-edit"]);
    assert!(team.ok(1, &["label", "ls", "/shared"]).contains("live"));
    let label: serde_json::Value = serde_json::from_str(&team.ok(1, &["--json", "label", "ls", "/shared"])).unwrap();
    assert_eq!(label["Labels"][0]["ParameterVersion"], 2);
}

#[test]
fn a_merge_without_an_identity_leaves_the_conflict_and_asks_nothing() {
    let team = diverged();
    team.ok(1, &["git-setup"]);
    let mut merge = team.prepared(team.sandbox.command("timeout"), 1);
    merge.args(["120", "git", "merge", "--no-edit", "origin/main"]).env("XDG_CONFIG_HOME", team.path("nowhere"));
    let merge = outcome(merge.output().unwrap());
    assert_eq!(merge.code, 1, "neither merged nor stopped by the clock: {merge:?}");
    assert!(!team.git(1, &["ls-files", "-u"]).is_empty(), "the conflict is there");
    refused(&team, 1);
    team.ok(1, &["resolve"]);
    team.git(1, &["commit", "-q", "--no-edit"]);
    team.ok(1, &["verify"]);
}

#[test]
fn a_forged_side_is_never_signed_again() {
    let team = Team::new(2);
    let path = team.document(0, "params/shared.yaml");
    let forged = fs::read_to_string(&path).unwrap().replace("rev: 1", "rev: 9");
    fs::write(&path, forged).unwrap();
    team.git(0, &["commit", "-qam", "Forged"]);
    team.git(0, &["push", "-q"]);
    team.put(1, "/shared", "honest");
    team.ok(1, &["git-setup"]);
    let merge = team.try_git(1, &["pull", "--no-rebase", "--no-edit"]);
    assert_eq!(merge.code, 1, "{merge:?}");
    for arguments in [&["resolve"][..], &["resolve", "--theirs"], &["resolve", "--ours"]] {
        let stuck = team.run(1, arguments);
        assert_eq!(stuck.code, 4, "{stuck:?}");
        assert!(stuck.stdout.contains("theirs: cannot be trusted"), "{stuck:?}");
        assert!(!team.git(1, &["ls-files", "-u"]).is_empty());
    }
    let sync = team.run(1, &["sync"]);
    assert_ne!(sync.code, 0, "{sync:?}");
}

#[test]
fn a_revert_is_reported() {
    let team = Team::new(1);
    team.put(0, "/shared", "second");
    team.git(0, &["revert", "--no-edit", "HEAD"]);
    let read = team.run(0, &["param", "get", "/shared"]);
    assert_eq!(read.code, 6, "{read:?}");
    assert!(read.stderr.contains("was rolled back"), "{read:?}");
    team.ok(0, &["accept", "/shared", "--yes", "--commit"]);
    assert_eq!(team.ok(0, &["param", "get", "/shared"]), "first");
}

#[test]
fn the_hook_refuses_what_must_not_be_committed_and_other_hooks_are_kept() {
    let team = Team::new(2);
    team.ok(0, &["git-setup"]);
    let identity = fs::read_to_string(team.sandbox.identity_file()).unwrap();
    fs::write(team.dir(0).join("notes.txt"), identity).unwrap();
    team.git(0, &["add", "notes.txt"]);
    let commit = team.try_git(0, &["commit", "-m", "Oops"]);
    assert_ne!(commit.code, 0);
    assert!(format!("{commit:?}").contains("contains an age identity"), "{commit:?}");
    team.git(0, &["rm", "-qf", "notes.txt"]);
    let path = team.document(0, "params/shared.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("rev: 1", "rev: 2")).unwrap();
    assert_ne!(team.try_git(0, &["commit", "-qam", "By hand"]).code, 0, "a document that does not verify");
    fs::write(&path, text).unwrap();
    let hook = team.dir(1).join(".git/hooks/pre-commit");
    fs::write(&hook, "#!/bin/sh\nexit 0\n").unwrap();
    let printed = team.ok(1, &["git-setup"]);
    assert!(printed.contains("verify --staged"), "{printed}");
    assert_eq!(fs::read_to_string(&hook).unwrap(), "#!/bin/sh\nexit 0\n");
}

#[test]
fn git_setup_writes_through_no_link_that_somebody_pushed() {
    let team = Team::new(2);
    let (theirs, nothing) = (team.path("keyring.bin"), team.path("new-file"));
    fs::write(&theirs, b"\xff\x00binary").unwrap();
    let attributes = team.document(1, ".gitattributes");
    for target in [&theirs, &nothing] {
        let _ = fs::remove_file(team.document(0, ".gitattributes"));
        symlink(target, team.document(0, ".gitattributes")).unwrap();
        team.git(0, &["commit", "-qam", "A link"]);
        team.git(0, &["push", "-q"]);
        team.git(1, &["pull", "-q"]);
        let refused = team.run(1, &["git-setup"]);
        assert!(refused.code == 6 && refused.stderr.contains("a symbolic link"), "{refused:?}");
        assert_eq!(team.try_git(1, &["config", "--local", "merge.vault.driver"]).code, 1, "nothing was changed");
        assert_eq!((fs::read(&theirs).unwrap(), nothing.exists()), (b"\xff\x00binary".to_vec(), false));
    }
    // What the user wrote stays byte for byte, in whatever encoding.
    fs::remove_file(&attributes).unwrap();
    fs::write(&attributes, b"*.bin binary # \xe9\r\nparams/** -text merge=vault diff=vault\r\n").unwrap();
    team.ok(1, &["git-setup"]);
    let text = fs::read(&attributes).unwrap();
    assert!(text.starts_with(b"*.bin binary # \xe9\r\nparams/** -text merge=vault diff=vault\r\nsecrets/** "));
    team.ok(1, &["git-setup"]);
    assert_eq!(fs::read(&attributes).unwrap(), text);
}

#[test]
fn sync_waits_for_what_is_not_committed() {
    let team = Team::new(1);
    team.ok(0, &["param", "put", "/new", "x", "--type", "String"]);
    let sync = team.run(0, &["sync"]);
    assert_eq!(sync.code, 4, "{sync:?}");
    team.ok(0, &["sync", "--commit"]);
    assert_eq!(team.git(0, &["status", "--porcelain"]), "");
    assert_eq!(team.git(0, &["rev-parse", "HEAD"]), team.git(0, &["rev-parse", "origin/main"]));
}

#[test]
fn sync_says_what_is_in_its_way_and_loses_nothing() {
    let stopped = |team: &Team, code: i32, error: &str, hint: &str| {
        let before = team.git(0, &["rev-parse", "HEAD"]);
        for arguments in [&["sync"][..], &["sync", "--commit"]] {
            let run = team.run(0, arguments);
            assert_eq!(run.code, code, "{run:?}");
            assert!(run.stderr.contains(error) && run.stderr.contains(hint), "{run:?}");
        }
        assert_eq!(team.git(0, &["rev-parse", "HEAD"]), before);
    };
    let team = diverged();
    team.put(0, "/mine", "1");
    let mine = team.git(0, &["rev-parse", "HEAD"]);
    team.git(0, &["checkout", "-q", "--detach"]);
    stopped(&team, 4, "no branch is checked out", "git switch");
    team.git(0, &["switch", "-q", "main"]);
    team.git(0, &["branch", "-q", "--unset-upstream"]);
    stopped(&team, 3, "`main` has no upstream", "git push --set-upstream REMOTE main");
    team.git(0, &["branch", "-q", "--set-upstream-to=origin/main"]);

    let remote = team.git(0, &["remote", "get-url", "origin"]);
    team.git(0, &["remote", "set-url", "origin", "/nowhere"]);
    stopped(&team, 1, "git pull failed", "nothing is lost");
    team.git(0, &["remote", "set-url", "origin", remote.trim()]);

    let hook = team.path("remote.git/hooks/pre-receive");
    fs::write(&hook, "#!/bin/sh\necho 'the branch is locked by policy' >&2\nexit 1\n").unwrap();
    Command::new("chmod").arg("+x").arg(&hook).status().unwrap();
    stopped(&team, 1, "the branch is locked by policy", "nothing is lost");
    fs::remove_file(&hook).unwrap();

    let notes = team.dir(0).join("notes.txt");
    fs::write(&notes, "not committed, and not the vault's").unwrap();
    team.git(0, &["config", "pull.ff", "only"]);
    team.ok(0, &["sync"]);
    assert_eq!(team.git(0, &["rev-parse", "origin/main"]), mine);
    assert!(notes.exists());
    team.git(1, &["config", "pull.ff", "only"]);
    team.ok(1, &["sync"]);
    assert_eq!(team.values(1, "/shared").len(), 3);
}

#[test]
fn sync_commits_nothing_in_the_middle_of_a_merge() {
    let team = diverged();
    assert_ne!(team.try_git(1, &["merge", "origin/main"]).code, 0);
    for arguments in [&["sync"][..], &["sync", "--commit"]] {
        let run = team.run(1, arguments);
        assert_eq!(run.code, 4, "{run:?}");
        assert!(run.stderr.contains("a merge is in progress") && run.stderr.contains("vault resolve"), "{run:?}");
        assert!(!team.git(1, &["ls-files", "-u"]).is_empty(), "the conflict is still there");
    }
    team.ok(1, &["resolve"]);
    team.git(1, &["commit", "-q", "--no-edit"]);
    team.ok(1, &["sync"]);
    assert_eq!(team.values(1, "/shared").len(), 3);
    assert_ne!(team.try_git(0, &["pull", "-q", "--rebase"]).code, 128, "up to date or merged");
}

#[test]
fn commits_of_members_keys_and_checkpoints_hold_everything_that_was_written() {
    let team = Team::new(1);
    team.join("bob");
    team.ok(0, &["key", "create", "prod", "--scope", "parameter:/shared", "--commit"]);
    team.ok(0, &["key", "rotate", "prod", "--reencrypt", "--commit"]);
    team.ok(0, &["member", "rm", "bob", "--yes", "--commit"]);
    team.ok(0, &["checkpoint", "--commit"]);
    assert_eq!(team.git(0, &["status", "--porcelain"]), "");
    let log = team.git(0, &["log", "--reverse", "--format=%s", "origin/main..HEAD"]);
    let expected = [
        "vault: key default; member bob added, bob reads key default",
        "vault: key prod; /shared: v1 sealed again; key prod made",
        "vault: key prod; /shared: v1 sealed again; key prod from version 2",
        "vault: key default; bob removed, key default from version 2",
        "vault: checkpoint",
    ];
    assert_eq!(log.lines().collect::<Vec<_>>(), expected);
    team.ok(0, &["verify", "--git", "origin/main..HEAD"]);
}

/// A put with `--commit` that git does not commit.
fn uncommitted(team: &Team, value: &str) -> Outcome {
    let run = team.run(0, &["param", "put", "/shared2", value, "--type", "String", "--overwrite", "--commit"]);
    assert!(run.code == 1 && run.stdout.starts_with("/shared2 version "), "{run:?}");
    says(&run, "error: the change is stored in the vault, but not committed: ");
    assert_eq!(team.ok(0, &["param", "get", "/shared2"]), value, "stored all the same");
    run
}

fn says(run: &Outcome, part: &str) {
    assert!(run.stderr.contains(part), "{part}: {run:?}");
}

#[test]
fn a_commit_that_was_asked_for_and_failed_is_an_error_and_the_change_is_kept() {
    let team = Team::new(1);
    let hook = team.dir(0).join(".git/hooks/pre-commit");
    fs::write(&hook, "#!/bin/sh\necho 'not on a Friday' >&2\nexit 1\n").unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let refused = uncommitted(&team, "one");
    says(&refused, "git commit failed: not on a Friday\n");
    let json = team.run(0, &["--json", "param", "tag", "/shared2", "a=b", "--commit"]);
    assert!(json.code == 1 && json.stderr.contains(r#""code":"not-committed""#), "{json:?}");
    // A command that fails for a reason of its own says both, and its own reason decides.
    team.ok(0, &["secret", "create", "old", "--generate"]);
    let missing = team.run(0, &["secret", "rm", "--yes", "old", "nope", "--commit"]);
    assert_eq!(missing.code, 3, "{missing:?}");
    says(&missing, "warning: the change is stored in the vault, but not committed: git commit failed");
    says(&missing, "error: ");
    fs::remove_file(&hook).unwrap();
    // The command that is printed does what the run would have done.
    let next = refused.stderr.split('`').nth(1).unwrap();
    assert!(next.ends_with("commit -m 'vault: put /shared2 v1' ."), "{next}");
    let run = outcome(team.prepared(team.sandbox.command("sh"), 0).args(["-c", next]).output().unwrap());
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(team.git(0, &["status", "--porcelain"]), "");
    team.git(0, &["config", "user.email", ""]);
    team.git(0, &["config", "user.name", ""]);
    let nobody = uncommitted(&team, "two");
    says(&nobody, "git does not know who you are\nhint: `git config --global user.name NAME`");
    for name in ["user.email", "user.name"] {
        team.git(0, &["config", "--unset", name]);
    }
    fs::copy(team.dir(0).join(".git/refs/heads/main"), team.dir(0).join(".git/MERGE_HEAD")).unwrap();
    let merging = uncommitted(&team, "three");
    says(&merging, "a merge is in progress\n");
    says(&merging, ".vault add .` includes the change");
    fs::remove_file(team.dir(0).join(".git/MERGE_HEAD")).unwrap();
    fs::rename(team.dir(0).join(".git"), team.path("away")).unwrap();
    says(&uncommitted(&team, "four"), "is not in a git repository\nhint: create one with `git init`");
}

#[test]
fn a_commit_that_is_a_standing_wish_and_failed_is_a_warning() {
    let team = Team::new(1);
    let config = team.sandbox.home().join(".config/vault/config.yaml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{text}git:\n  auto_commit: true\n")).unwrap();
    fs::rename(team.dir(0).join(".git"), team.path("away")).unwrap();
    let run = team.run(0, &["param", "put", "/x", "1", "--type", "String"]);
    assert!(run.code == 0 && run.stdout.contains("/x version 1"), "{run:?}");
    says(&run, "warning: the change is stored in the vault, but not committed: ");
}

/// A small generator, so that a history can be told again by its number.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Syncs a clone. Where both sides moved a label, it takes one side, as a person would.
fn synced(team: &Team, clone: usize) {
    let mut last = String::new();
    for _ in 0..10 {
        let sync = team.run(clone, &["sync"]);
        if sync.code == 0 {
            return;
        }
        assert_eq!(sync.code, 4, "{sync:?}");
        if sync.stderr.contains("conflict") {
            team.ok(clone, &["resolve", "--theirs"]);
            team.git(clone, &["commit", "-q", "--no-edit"]);
        }
        last = sync.stderr;
    }
    panic!("clone {clone} did not come to an end: {last}");
}

/// What a history has written and everybody must find in the end.
#[derive(Default)]
struct Acknowledged {
    values: Vec<(String, String)>,
    secrets: Vec<(String, String)>,
    deleted: Vec<String>,
    members: BTreeMap<String, bool>,
}

/// One random change in one clone. Clone 0 is the only one that changes members: two that do have to agree who goes first.
fn change(team: &Team, clone: usize, step: u64, number: u64, dice: &mut Dice, done: &mut Acknowledged) {
    let value = format!("{number}-{step}-{clone}");
    match dice.below(14) {
        0..=4 => {
            let name = ["/shared", "/x/one", "/x/two"][usize::try_from(dice.below(3)).unwrap()];
            // A name that two clones create apart is two documents: one of them would have to give way.
            let name = if name == "/shared" { name.to_owned() } else { format!("{name}-{clone}") };
            team.put(clone, &name, &value);
            done.values.push((name, value));
        }
        5 => team.put_secret(clone, "/shared", &value),
        6 => drop(team.ok(clone, &["label", "add", "/shared", "live", "--commit"])),
        7 => drop(team.ok(clone, &["param", "tag", "/shared", &format!("c{clone}={step}"), "--commit"])),
        8 => {
            let name = format!("app-{clone}");
            let file = team.path(&format!("value{clone}"));
            fs::write(&file, &value).unwrap();
            let verb = if done.secrets.iter().any(|(known, _)| *known == name) { "put" } else { "create" };
            team.ok(clone, &["secret", verb, &name, "--file", file.to_str().unwrap(), "--commit"]);
            done.secrets.retain(|(known, _)| *known != name);
            done.secrets.push((name, value));
        }
        9 => {
            let name = format!("/gone/{step}-{clone}");
            team.put(clone, &name, &value);
            team.ok(clone, &["param", "rm", &name, "--yes", "--commit"]);
            done.deleted.push(name);
        }
        10 | 11 if clone == 0 => {
            let active = done.members.iter().find(|(_, active)| **active).map(|(name, _)| name.clone());
            if let Some(name) = active.filter(|_| dice.below(2) == 0) {
                team.ok(0, &["member", "rm", &name, "--yes", "--commit"]);
                done.members.insert(name, false);
            } else {
                let name = format!("m{step}");
                team.join(&name);
                done.members.insert(name, true);
            }
        }
        _ => synced(team, clone),
    }
}

/// Random changes in all clones, now and then a sync; then everybody syncs at once.
fn history(clones: usize, steps: u64, number: u64) {
    let team = Team::new(clones);
    let mut dice = Dice(number.wrapping_mul(7919) + 1);
    let mut done = Acknowledged { values: vec![("/shared".into(), "first".into())], ..Acknowledged::default() };
    for step in 0..steps {
        let clone = usize::try_from(dice.below(clones as u64)).unwrap();
        change(&team, clone, step, number, &mut dice, &mut done);
    }
    thread::scope(|scope| {
        for clone in 0..clones {
            let team = &team;
            scope.spawn(move || synced(team, clone));
        }
    });
    (0..clones).for_each(|clone| synced(&team, clone));
    (0..clones).for_each(|clone| synced(&team, clone));
    let heads: Vec<String> = (0..clones).map(|clone| team.git(clone, &["rev-parse", "HEAD"])).collect();
    assert!(heads.iter().all(|head| *head == heads[0]), "history {number}: {heads:?}");
    for clone in 0..clones {
        team.ok(clone, &["verify"]);
    }
    let first = team.git(0, &["rev-list", "--max-parents=0", "HEAD"]);
    team.ok(0, &["verify", "--git", &format!("{}..HEAD", first.trim())]);
    every_write_is_there(&team, number, &done);
    println!("history {number} with {clones} clones: they agree, and all is there");
}

fn every_write_is_there(team: &Team, number: u64, done: &Acknowledged) {
    for (name, value) in &done.values {
        let values = team.values(0, name);
        assert!(values.iter().any(|(_, kept)| kept == value), "history {number}: {value} of {name} in {values:?}");
    }
    for (name, value) in &done.secrets {
        assert_eq!(team.ok(0, &["secret", "get", name]), *value, "history {number}: {name}");
    }
    for name in &done.deleted {
        assert_eq!(team.run(0, &["param", "get", name]).code, 3, "history {number}: {name}");
    }
    let members = team.ok(0, &["member", "ls"]);
    for (name, active) in &done.members {
        let listed = members.lines().any(|line| line.split(' ').next() == Some(name));
        assert_eq!(listed, *active, "history {number}: {name} in {members}");
    }
}

/// How many histories with two clones; more in a long run.
fn histories() -> u64 {
    std::env::var("VAULT_GIT_HISTORIES").ok().and_then(|count| count.parse().ok()).unwrap_or(6)
}

#[test]
fn two_clones_agree_and_lose_nothing() {
    (0..histories()).for_each(|number| history(2, 14, number));
    println!("{} histories with 2 clones were tried", histories());
}

#[test]
fn five_clones_agree_and_lose_nothing() {
    let count = histories().div_ceil(3);
    (0..count).for_each(|number| history(5, 24, 1000 + number));
    println!("{count} histories with 5 clones were tried");
}

/// A rotation that stands between `set` and `test` on one branch meets a change of the same secret on another.
#[test]
fn a_merge_in_the_middle_of_a_rotation_loses_no_value_that_the_service_may_have() {
    if !has("python3") {
        return;
    }
    for by_hand in [false, true] {
        let team = Team::new(2);
        let service = team.path("service");
        fs::create_dir(&service).unwrap();
        fs::write(service.join("password"), "first").unwrap();
        let value = team.path("value");
        fs::write(&value, "first").unwrap();
        let hooks = team.dir(0).join(".vault/hooks");
        fs::create_dir_all(&hooks).unwrap();
        fs::write(hooks.join("service.py"), include_str!("rotation/service.py")).unwrap();
        team.ok(0, &["secret", "create", "prod/db", "--file", value.to_str().unwrap()]);
        let option = format!("service={}", service.display());
        team.ok(0, &["rotate", "configure", "prod/db", "--hook", "service.py", "--option", &option]);
        team.git(0, &["add", "-A"]);
        team.git(0, &["commit", "-qm", "A secret"]);
        team.git(0, &["push", "-q"]);
        team.git(1, &["pull", "-q"]);
        for clone in [0, 1] {
            team.ok(clone, &["git-setup"]);
            approve_rotation(&|arguments| team.run(clone, arguments), "prod/db");
        }
        fs::write(service.join("fault"), "fail set after").unwrap();
        assert_eq!(team.run(0, &["rotate", "run", "prod/db"]).code, 9);
        team.git(0, &["commit", "-qam", "A rotation that failed"]);
        team.git(0, &["push", "-q"]);
        if by_hand {
            fs::write(&value, "by hand").unwrap();
            team.ok(1, &["secret", "put", "prod/db", "--file", value.to_str().unwrap()]);
        } else {
            team.ok(1, &["secret", "tag", "prod/db", "team=payments"]);
        }
        team.git(1, &["commit", "-qam", "Another change"]);
        team.git(1, &["pull", "-q", "--no-rebase", "--no-edit"]);
        team.ok(1, &["verify"]);
        let password = fs::read_to_string(service.join("password")).unwrap();
        let staged = |stage: &str| team.run(1, &["secret", "get", "prod/db", "--stage", stage]).stdout;
        assert!([staged("AWSPENDING"), staged("ABORTED")].contains(&password), "the service's value is lost");
        assert_eq!(staged("AWSCURRENT"), if by_hand { "by hand" } else { "first" });
        team.ok(1, &["rotate", "run", "prod/db"]);
        assert_eq!(staged("AWSCURRENT"), fs::read_to_string(service.join("password")).unwrap());
    }
}
