//! Attacks on freshness of trust: wherever a chain lies, this machine decides by what it has verified of the vault.

use std::fs;
use std::path::{Path, PathBuf};

use crate::branches::{add, admins, fetch, try_git};
use crate::project::{Outcome, Sandbox, outcome};
use crate::team::{clone, commit, git, is, json, pull};

fn run_in(directory: &Path, sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    outcome(sandbox.program().current_dir(directory).args(arguments).output().unwrap())
}

fn copy(sandbox: &Sandbox, from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    assert!(sandbox.command("cp").arg("-r").arg(from).arg(to).status().unwrap().success());
}

/// What must not be done on a chain that lacks snapshots which were verified.
const CHANGES: &[&[&str]] = &[
    &["param", "put", "/dev/new", "--generate"],
    &["secret", "create", "dev/new", "--generate"],
    &["label", "add", "/dev/db", "x"],
    &["param", "rm", "/dev/db", "--yes"],
    &["key", "create", "new", "--scope", "parameter:/new"],
    &["key", "rotate", "default"],
    &["key", "grant", "default", "carol"],
    &["member", "update", "carol", "--no-write"],
    &["member", "rm", "carol", "--yes"],
    &["checkpoint"],
];

/// Ana's vault with the reader carol, who was removed; and a copy of the vault from before.
fn removed() -> (Sandbox, PathBuf) {
    let ana = Sandbox::new();
    ana.put("/dev/db", "old");
    let carol = clone(&ana);
    add(&ana, &carol, "carol", &["--read", "default", "--write", "parameter:/dev"]);
    commit(&ana);
    let old = ana.home().join("old");
    copy(&ana, &ana.vault(), &old);
    ana.ok(&["member", "rm", "carol", "--yes"]);
    ana.put("/dev/db", "new");
    commit(&ana);
    (ana, old)
}

/// Refuses every change in a directory that has an older chain, and says so once a day, in `verify` and in `status`.
fn changes_nothing(directory: &Path, sandbox: &Sandbox) {
    let warning = "members and keys are at trust snapshot 3, and this machine has verified 4; this checkout is older";
    let read = || run_in(directory, sandbox, &["param", "get", "/dev/db"]);
    let (first, second) = (read(), read());
    assert_eq!((first.code, first.stdout.as_str(), second.stdout.as_str()), (0, "old", "old"), "{first:?}");
    assert!(first.stderr.contains(warning) && !second.stderr.contains(warning), "{first:?}, {second:?}");
    let verify = run_in(directory, sandbox, &["verify"]);
    assert!(verify.code == 0 && verify.stderr.contains(warning), "{verify:?}");
    for change in CHANGES {
        let run = run_in(directory, sandbox, change);
        is(&run, 7, "this checkout is at trust snapshot 3, and this machine has verified 4");
        assert!(run.stderr.contains("merge or pull first"), "{change:?}: {run:?}");
    }
    let status = run_in(directory, sandbox, &["status"]);
    assert!(status.code == 0 && status.stdout.contains("merge or pull"), "{status:?}");
    assert!(!status.stdout.contains("VLT_ID="), "an older state is no anchor: {status:?}");
}

#[test]
fn an_old_vault_below_the_project_seals_nothing() {
    let (ana, old) = removed();
    let nested = ana.project().join("services/api");
    copy(&ana, &old, &nested.join(".vault"));
    changes_nothing(&nested, &ana);
    assert!(!nested.join(".vault/params/dev/new.yaml").exists());
    assert_eq!(ana.ok(&["param", "get", "/dev/db"]), "new");
    ana.put("/dev/db", "newer");
}

#[test]
fn an_old_vault_seals_nothing_whatever_git_says_about_the_directory() {
    let (ana, old) = removed();
    // A planted HEAD, detached and on a branch of the attacker's choice; and none at all.
    for (at, head) in ["0123456789012345678901234567890123456789\n", "ref: refs/heads/x\n"].iter().enumerate() {
        let place = ana.home().join(format!("planted-{at}"));
        copy(&ana, &old, &place.join(".vault"));
        fs::create_dir_all(place.join(".git")).unwrap();
        fs::write(place.join(".git/HEAD"), head).unwrap();
        changes_nothing(&place, &ana);
    }
    let bare = ana.home().join("bare");
    copy(&ana, &old, &bare.join(".vault"));
    changes_nothing(&bare, &ana);
    // A submodule has a HEAD of its own, which is detached.
    git(&ana, &["clone", "-q", ".", "../home/library"]);
    let library = ana.home().join("library");
    for arguments in [&["checkout", "-q", "HEAD~1"][..], &["switch", "-qc", "old"]] {
        let run = ana.command("git").current_dir(&library).args(arguments).output().unwrap();
        assert!(run.status.success());
    }
    git(
        &ana,
        &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "-b", "old", "../home/library", "sub"],
    );
    changes_nothing(&ana.project().join("sub"), &ana);
}

#[test]
fn an_older_commit_seals_nothing_in_the_same_directory() {
    let (ana, _) = removed();
    git(&ana, &["checkout", "-q", "HEAD~1"]);
    changes_nothing(&ana.project(), &ana);
    git(&ana, &["switch", "-qc", "release"]);
    changes_nothing(&ana.project(), &ana);
    // A machine that is strict does not even read it; one that merges writes it again.
    let settings = fs::read_to_string(ana.home().join(".config/vault/config.yaml")).unwrap();
    ana.configure(&format!("{settings}freshness: strict\n"));
    is(&ana.run(&["param", "get", "/dev/db"]), 7, "this machine has verified 4");
    let looked = ana.run(&["status"]);
    assert!(looked.stdout.contains("merge or pull"), "{looked:?}");
    git(&ana, &["merge", "-q", "--ff-only", "main"]);
    ana.put("/dev/db", "newer");
}

#[test]
fn a_branch_from_before_is_written_again_once_it_has_merged() {
    for driver in [false, true] {
        let (ana, bob) = admins();
        let carol = clone(&ana);
        git(&ana, &["switch", "-qc", "feature"]);
        ana.put("/dev/db", "by ana");
        commit(&ana);
        git(&ana, &["switch", "-q", "main"]);
        add(&ana, &carol, "carol", &[]);
        ana.ok(&["label", "add", "/dev/db", "x"]);
        commit(&ana);
        git(&ana, &["switch", "-q", "feature"]);
        is(&ana.run(&["param", "put", "/dev/other", "--generate"]), 7, "merge or pull first");
        if driver {
            ana.ok(&["git-setup"]);
        }
        let merge = try_git(&ana, &["merge", "main"]);
        assert_eq!(merge.code == 0, driver, "the driver merges by the chain that arrives: {merge:?}");
        if !driver {
            ana.ok(&["resolve"]);
            git(&ana, &["commit", "-q", "--no-edit"]);
        }
        assert_eq!(ana.ok(&["param", "get", "/dev/db"]), "by ana");
        ana.put("/dev/other", "1");
        ana.ok(&["verify"]);
        drop(bob);
    }
}

/// Bob was an admin; he is removed, and forks the chain from before that.
fn forked() -> (Sandbox, Sandbox) {
    let (ana, bob) = admins();
    let eve = clone(&ana);
    git(&ana, &["tag", "before"]);
    ana.ok(&["member", "rm", "bob", "--yes"]);
    ana.put("/dev/db", "new");
    commit(&ana);
    add(&bob, &eve, "eve", &["--admin"]);
    bob.put("/dev/db", "by bob");
    commit(&bob);
    fetch(&ana, &bob);
    (ana, bob)
}

#[test]
fn the_fork_of_a_former_admin_is_refused_everywhere() {
    let (ana, _bob) = forked();
    let record = ana.home().join(".local/state/vault").join(ana.vault_id()).join("verified");
    let before = fs::read(&record).unwrap();
    let worktree = ana.home().join("worktree");
    git(&ana, &["worktree", "add", "-q", "--detach", worktree.to_str().unwrap(), "theirs"]);
    let on_a_branch = ana.home().join("on-a-branch");
    git(&ana, &["worktree", "add", "-q", on_a_branch.to_str().unwrap(), "theirs"]);
    let copied = ana.home().join("copied");
    copy(&ana, &worktree.join(".vault"), &copied.join(".vault"));
    git(&ana, &["switch", "-q", "--detach", "theirs"]);
    for place in [&ana.project(), &worktree, &on_a_branch, &copied] {
        for command in [
            &["param", "get", "/dev/db"][..],
            &["param", "ls", "/dev"],
            &["verify"],
            &["export", "--format", "dotenv", "/dev"],
        ] {
            let run = run_in(place, &ana, command);
            assert_eq!(run.code, 6, "{command:?}: {run:?}");
            for part in
                ["the trust chain was rewritten", "ends at snapshot 4 (", "verified snapshot 4 (", "vault trust rebase"]
            {
                assert!(run.stderr.contains(part), "{part}: {run:?}");
            }
        }
        for change in CHANGES {
            assert_eq!(run_in(place, &ana, change).code, 6, "{change:?}");
        }
        let status = run_in(place, &ana, &["status"]);
        assert!(status.code == 0 && status.stdout.contains("vault trust rebase"), "{status:?}");
    }
    let diff = ana.run(&["diff", "before"]);
    assert!(diff.code == 0 && diff.stdout.contains("/dev/db"), "{diff:?}");
    assert_eq!(fs::read(&record).unwrap(), before, "nothing of it was recorded");
}

#[test]
fn a_former_admin_who_repeats_everything_still_makes_a_fork() {
    let (ana, bob) = forked();
    // Bob removes himself in the words of the vault's own chain, which lists eve as an admin on top.
    let newest = ana.read("trust/000004.yaml");
    let own = bob.read("trust/000004.yaml");
    let eve = &own[own.find("  - name: \"eve\"").unwrap()..own.find("keys:\n").unwrap()];
    let body = crate::project::body(&newest)
        .replace("keys:\n", &format!("{eve}keys:\n"))
        .replace("by: \"ana\"", "by: \"bob\"");
    let identity = fs::read_to_string(bob.home().join(".config/vault/identities/bob.txt")).unwrap();
    bob.write("trust/000004.yaml", bob.signed_by(&identity, "bob", "trust/000004.yaml", &body));
    commit(&bob);
    fetch(&ana, &bob);
    git(&ana, &["switch", "-q", "--detach", "theirs"]);
    is(&ana.run(&["param", "get", "/dev/db"]), 6, "the trust chain was rewritten");
    is(&ana.run(&["trust", "rebase", "main", "--yes"]), 4, "by `bob`, who is not an admin on the other side");
}

#[test]
fn machines_on_the_losing_side_follow_a_rebased_chain_without_a_word() {
    let (ana, bob) = admins();
    let (carol, dave, ci) = (clone(&ana), clone(&ana), clone(&ana));
    add(&ana, &carol, "carol", &[]);
    commit(&ana);
    add(&bob, &dave, "dave", &[]);
    commit(&bob);
    // Another clone of bob's, and a machine of somebody else, have seen bob's side only.
    let second = bob.home().join("second");
    git(&bob, &["clone", "-q", ".", second.to_str().unwrap()]);
    assert_eq!(run_in(&second, &bob, &["param", "get", "/dev/db"]).code, 0);
    git(&ci, &["fetch", "-q", bob.project().to_str().unwrap(), "HEAD"]);
    git(&ci, &["reset", "-q", "--hard", "FETCH_HEAD"]);
    let known = [("VLT_ID", ana.vault_id())];
    let known: Vec<(&str, &str)> = known.iter().map(|(name, id)| (*name, id.as_str())).collect();
    assert_eq!(ci.run_with(&["member", "ls"], &known).code, 0);
    // Ana keeps her own side: what is re-signed are bob's changes.
    fetch(&ana, &bob);
    git(&ana, &["branch", "-q", "losing", "theirs"]);
    ana.ok(&["trust", "rebase", "theirs", "--yes"]);
    commit(&ana);
    for machine in [&bob, &ci] {
        git(machine, &["fetch", "-q", ana.project().to_str().unwrap(), "HEAD"]);
        git(machine, &["reset", "-q", "--hard", "FETCH_HEAD"]);
        let ls = machine.run(&["member", "ls"]);
        assert!(ls.code == 0 && ls.stdout.contains("carol") && ls.stdout.contains("dave"), "{ls:?}");
        assert!(!ls.stderr.contains("warning") && !ls.stderr.contains("error"), "{ls:?}");
    }
    bob.put("/dev/db", "by bob");
    // The losing side is an older state now: for those who made it one, and for those who saw it first.
    is(&run_in(&second, &bob, &["param", "put", "/dev/new", "--generate"]), 7, "merge or pull first");
    assert_eq!(run_in(&second, &bob, &["param", "get", "/dev/db"]).stdout, "first");
    for machine in [&ana, &carol] {
        fetch(machine, &bob);
        let id = ana.vault_id();
        machine.run_with(&["member", "ls"], &[("VLT_ID", id.as_str())]);
        let losing = machine.home().join("losing");
        let from = ana.project();
        git(machine, &["clone", "-q", "-b", "losing", from.to_str().unwrap(), losing.to_str().unwrap()]);
        let run = run_in(&losing, machine, &["member", "ls"]);
        assert!(run.stdout.contains("dave") || run.code == 6, "{run:?}");
    }
}

#[test]
fn a_rebase_needs_a_side_that_has_what_was_verified() {
    let (ana, _bob) = forked();
    let other = ana.home().join("other");
    git(&ana, &["clone", "-q", ".", other.to_str().unwrap()]);
    let in_other = |arguments: &[&str]| {
        let run = outcome(ana.command("git").current_dir(&other).args(arguments).output().unwrap());
        assert_eq!(run.code, 0, "{run:?}");
    };
    // Neither the state from before nor the fork has the removal of bob.
    in_other(&["checkout", "-q", "before"]);
    in_other(&["fetch", "-q", "origin", "theirs"]);
    is(&run_in(&other, &ana, &["trust", "rebase", "FETCH_HEAD", "--yes"]), 7, "merge or pull first");
    in_other(&["checkout", "-q", "FETCH_HEAD"]);
    is(&run_in(&other, &ana, &["trust", "rebase", "before", "--yes"]), 6, "was rewritten");
}

#[test]
fn an_exception_is_of_one_directory_and_ends_when_the_directory_has_everything() {
    let (ana, old) = removed();
    let (here, there) = (ana.home().join("here"), ana.home().join("there"));
    for place in [&here, &there] {
        copy(&ana, &old, &place.join(".vault"));
    }
    let accepted = run_in(&here, &ana, &["trust", "accept", "--yes"]);
    assert!(accepted.code == 0 && accepted.stderr.contains("already saw snapshot 4"), "{accepted:?}");
    assert_eq!(run_in(&here, &ana, &["param", "put", "/dev/new", "--generate"]).code, 0);
    changes_nothing(&there, &ana);
    ana.put("/dev/db", "newer");
    // What the exception goes on to is one, too, and nothing anywhere else.
    assert_eq!(run_in(&here, &ana, &["key", "create", "new", "--scope", "parameter:/new"]).code, 0);
    assert_eq!(run_in(&here, &ana, &["key", "create", "newer", "--scope", "parameter:/newer"]).code, 0);
    assert_eq!(run_in(&here, &ana, &["param", "put", "/dev/newer", "--generate"]).code, 0);
    fs::remove_dir_all(there.join(".vault")).unwrap();
    copy(&ana, &here.join(".vault"), &there.join(".vault"));
    is(&run_in(&there, &ana, &["param", "get", "/dev/db"]), 6, "was rewritten");
    // Not even where the chain from anywhere else lies before its last snapshot.
    let mixed = ana.home().join("mixed");
    copy(&ana, &here.join(".vault"), &mixed.join(".vault"));
    fs::copy(ana.document("trust/000004.yaml"), mixed.join(".vault/trust/000004.yaml")).unwrap();
    is(&run_in(&mixed, &ana, &["param", "get", "/dev/db"]), 6, "was rewritten");
    fs::remove_dir_all(here.join(".vault")).unwrap();
    copy(&ana, &ana.vault(), &here.join(".vault"));
    let back = run_in(&here, &ana, &["trust", "accept", "--yes"]);
    assert_eq!(back.code, 0, "{back:?}");
    fs::remove_dir_all(here.join(".vault")).unwrap();
    copy(&ana, &old, &here.join(".vault"));
    is(&run_in(&here, &ana, &["param", "get", "/dev/db"]), 6, "was rolled back");
}

#[test]
fn an_anchor_fixes_a_snapshot_on_a_machine_that_knows_nothing() {
    let (ana, old) = removed();
    let status = ana.ok(&["status"]);
    let anchor = status.split("VLT_ID=").nth(1).unwrap().lines().next().unwrap().to_owned();
    let id = ana.vault_id();
    assert_eq!(json(&ana.ok(&["--json", "status"]))["Anchor"], anchor.as_str());
    assert!(anchor.starts_with(&format!("{id}@4:")), "{anchor}");
    let identity = ana.identity_file();
    let on_ci = |vault: &Path, anchor: &str| {
        let ci = Sandbox::empty();
        copy(&ana, vault, &ci.vault());
        let variables = [("VLT_ID", anchor), ("VLT_IDENTITY_FILE", identity.to_str().unwrap())];
        ci.run_with(&["param", "get", "/dev/db"], &variables)
    };
    assert_eq!(on_ci(&ana.vault(), &anchor), Outcome { code: 0, stdout: "new".into(), stderr: String::new() });
    is(&on_ci(&old, &anchor), 6, "ends at snapshot 3 and does not contain the expected snapshot 4");
    // Without a snapshot, what is there is trusted, and said to be.
    let first = on_ci(&old, &id);
    assert!(first.code == 0 && first.stderr.contains("trusted as it is, at trust snapshot 3"), "{first:?}");
    let (name, digits) = anchor.rsplit_once(':').unwrap();
    let other: String = digits.chars().rev().collect();
    is(&on_ci(&ana.vault(), &format!("{name}:{other}")), 6, "does not contain the expected snapshot 4");
    is(&on_ci(&ana.vault(), &anchor[..anchor.len() - 1]), 2, "`VLT_ID` is not a vault id");
    // Later chains contain it, too.
    ana.ok(&["key", "create", "more", "--scope", "parameter:/more"]);
    assert_eq!(on_ci(&ana.vault(), &anchor).stdout, "new");
    // The line of an identity file says the same.
    let in_file = |vault: &Path, anchor: &str| {
        let ci = Sandbox::empty();
        copy(&ana, vault, &ci.vault());
        let file = ci.copy_of(&identity, "identity.txt");
        let text = format!("# vault-id: {anchor}\n{}", fs::read_to_string(&file).unwrap());
        fs::write(&file, text).unwrap();
        ci.run_with(&["--no-input", "param", "get", "/dev/db"], &[("VLT_IDENTITY_FILE", file.to_str().unwrap())])
    };
    assert_eq!(in_file(&ana.vault(), &anchor).stdout, "new");
    is(&in_file(&old, &anchor), 6, "does not contain the expected snapshot 4");
}

#[test]
fn the_id_of_a_vault_that_nobody_has_verified_is_never_ready_to_paste() {
    let ana = Sandbox::new();
    let stranger = clone(&ana);
    let run = stranger.run(&["--no-input", "param", "get", "/x"]);
    is(&run, 10, "vault status");
    assert!(!run.stderr.contains("VLT_ID=") && !run.stderr.contains(&format!("`{}", ana.vault_id())), "{run:?}");
}

#[test]
fn a_newcomer_is_told_the_anchor() {
    let ana = Sandbox::new();
    let bob = clone(&ana);
    let (path, fingerprint) = crate::team::request(&bob, "bob");
    let added = ana.ok(&["member", "add", &path, "--no-input", "--fingerprint", &fingerprint]);
    let anchor = added.split("VLT_ID=").nth(1).unwrap().lines().next().unwrap();
    assert!(ana.ok(&["status"]).contains(anchor), "{added}");
    pull(&bob, &ana);
    assert_eq!(bob.run_with(&["member", "ls"], &[("VLT_ID", anchor)]).code, 0);
}

#[test]
fn a_snapshot_that_takes_something_back_is_refused() {
    let (ana, _) = removed();
    let newest = ana.read("trust/000004.yaml");
    let former = &newest[newest.find("former:\n").unwrap()..newest.find("settings:\n").unwrap()];
    let hash = data_encoding::HEXLOWER.encode(&vault::crypto::framing::sha256(newest.as_bytes()));
    let prev = newest.lines().find(|line| line.starts_with("prev: ")).unwrap();
    let next = |change: &dyn Fn(String) -> String| {
        let body =
            crate::project::body(&newest).replace("rev: 4\n", "rev: 5\n").replace(prev, &format!("prev: \"{hash}\""));
        ana.write("trust/000005.yaml", ana.signed("trust/000005.yaml", &change(body)));
        ana.run(&["param", "get", "/dev/db"])
    };
    let cleansed = next(&|body| body.replacen("state: \"tainted\"", "state: \"enabled\"", 1));
    is(&cleansed, 6, "it drops or changes a version of the key `default`");
    is(&next(&|body| body.replace(former, "former: []\n")), 6, "it no longer lists `carol` as removed");
    assert_eq!(next(&|body| body).code, 0);
}

#[test]
fn a_memory_that_was_deleted_is_noticed() {
    let (ana, old) = removed();
    let state = ana.home().join(".local/state/vault");
    let of_vault = state.join(ana.vault_id());
    // The record alone: this directory and branch still have their pin.
    fs::remove_file(of_vault.join("verified")).unwrap();
    let run = ana.run(&["param", "get", "/dev/db"]);
    assert!(run.stdout == "new" && run.stderr.contains("was deleted or is damaged"), "{run:?}");
    assert_eq!(ana.run(&["param", "get", "/dev/db"]).stderr, "");
    // The pins alone: the vault is unknown, and what was verified still counts.
    fs::remove_file(of_vault.join("pin.json")).unwrap();
    let nested = ana.project().join("sub");
    copy(&ana, &old, &nested.join(".vault"));
    let id = ana.vault_id();
    is(&ana.run(&["--no-input", "param", "get", "/dev/db"]), 10, "does not know the vault");
    let put = outcome(
        ana.program()
            .current_dir(&nested)
            .env("VLT_ID", &id)
            .args(["param", "put", "/dev/x", "--generate"])
            .output()
            .unwrap(),
    );
    is(&put, 7, "this machine has verified 4");
    // All that was remembered of this vault, and then everything.
    fs::remove_dir_all(&of_vault).unwrap();
    let run = ana.run_with(&["param", "get", "/dev/db"], &[("VLT_ID", id.as_str())]);
    assert!(run.stdout == "new" && run.stderr.contains("memory of the vault was deleted"), "{run:?}");
    fs::remove_dir_all(&state).unwrap();
    let run = ana.run_with(&["param", "get", "/dev/db"], &[("VLT_ID", id.as_str())]);
    assert!(run.stdout == "new" && run.stderr.contains("first use of this vault on this machine"), "{run:?}");
}
