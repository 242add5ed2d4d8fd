//! Documents that somebody rolls back to an older state: no merge re-signs them, and no key is wrapped for the readers
//! they list.

use std::fs;

use crate::branches::{add, admins, fetch, try_git};
use crate::git::Team;
use crate::project::{Outcome, Sandbox};
use crate::team::{clone, commit, git, is, json, pull};

const PARAMETER: &str = ".vault/params/shared.yaml";
const SECRET: &str = ".vault/secrets/app.yaml";
const KEY: &str = "keys/default.yaml";

/// Clone 0 has replaced a parameter and a secret, takes both files back and pushes. Clone 1 has both with the new values, and
/// changed a tag of each. Its machine remembers nothing.
fn taken_back() -> Team {
    let team = Team::new(2);
    let value = team.path("value");
    fs::write(&value, "leaked").unwrap();
    team.ok(0, &["secret", "create", "app", "--file", value.to_str().unwrap(), "--commit"]);
    team.git(0, &["tag", "old"]);
    fs::write(&value, "replaced").unwrap();
    team.ok(0, &["secret", "put", "app", "--file", value.to_str().unwrap(), "--commit"]);
    team.put(0, "/shared", "replaced");
    team.git(0, &["push", "-q"]);
    team.git(1, &["pull", "-q"]);
    team.ok(1, &["secret", "tag", "app", "team=pay", "--commit"]);
    team.ok(1, &["param", "tag", "/shared", "team=pay", "--commit"]);
    team.git(0, &["checkout", "-q", "old", "--", PARAMETER, SECRET]);
    team.git(0, &["commit", "-qm", "Tidy up"]);
    team.git(0, &["push", "-q"]);
    forget(&team);
    team
}

/// Leaves clone 1 without any memory of the vault.
fn forget(team: &Team) {
    let _ = fs::remove_dir_all(team.path("state1"));
}

fn values(team: &Team) -> [String; 2] {
    [team.ok(1, &["param", "get", "/shared"]), team.ok(1, &["secret", "get", "app"])]
}

/// A conflict that no command resolves but for the side that is in order.
fn only_one_side_is_taken(team: &Team, good: &str, bad: &str, refused: &str) {
    for arguments in [&["resolve"][..], &["resolve", bad]] {
        let stuck = team.run(1, arguments);
        assert_eq!(stuck.code, 4, "{stuck:?}");
        assert!(stuck.stdout.contains(refused), "{refused}: {stuck:?}");
    }
    let resolved = team.ok(1, &["resolve", good]);
    assert!(resolved.contains(&format!("the other side was left out: {refused}")), "{resolved}");
}

#[test]
fn sync_merges_nothing_of_an_upstream_that_takes_documents_back() {
    let team = taken_back();
    let before = team.git(1, &["rev-parse", "HEAD"]);
    let run = team.run(1, &["sync"]);
    assert_eq!(run.code, 6, "{run:?}");
    assert!(run.stdout.contains("2 steps were illegal") && run.stderr.contains("nothing was merged"), "{run:?}");
    for file in ["params/shared.yaml", "secrets/app.yaml"] {
        assert!(run.stdout.contains(&format!("`{file}` was rolled back: found revision 1, already saw 2")));
    }
    assert_eq!(team.git(1, &["rev-parse", "HEAD"]), before);
    assert_eq!(team.git(1, &["status", "--porcelain"]), "");
    assert_eq!(values(&team), ["replaced", "replaced"]);
    // The commands that are printed undo it for everybody.
    assert_ne!(team.try_git(1, &["merge", "@{upstream}"]).code, 0);
    only_one_side_is_taken(&team, "--ours", "--theirs", "their side cannot be merged: ");
    team.git(1, &["commit", "-q", "--no-edit"]);
    team.ok(1, &["sync"]);
    assert_eq!(values(&team), ["replaced", "replaced"]);
    team.git(0, &["pull", "-q"]);
    team.ok(0, &["verify"]);
}

#[test]
fn no_merge_and_no_rebase_signs_an_older_state() {
    for (how, good, bad, whose) in [("merge", "--ours", "--theirs", "their"), ("rebase", "--theirs", "--ours", "our")] {
        for driver in [false, true] {
            let team = taken_back();
            if driver {
                team.ok(1, &["git-setup"]);
            }
            team.git(1, &["fetch", "-q"]);
            let merge = team.try_git(1, &[how, "origin/main"]);
            let refused = format!("{whose} side cannot be merged: ");
            assert!(merge.code != 0 && merge.stderr.contains(&refused) == driver, "{how}: {merge:?}");
            only_one_side_is_taken(&team, good, bad, &refused);
        }
    }
}

/// The common ancestor is older still: what counts is where that branch had been.
#[test]
fn a_branch_that_goes_back_behind_its_own_past_is_refused() {
    for driver in [false, true] {
        let team = Team::new(2);
        team.ok(1, &["param", "tag", "/shared", "team=pay", "--commit"]);
        team.put(0, "/shared", "leaked");
        team.put(0, "/shared", "replaced");
        team.git(0, &["checkout", "-q", "HEAD~1", "--", PARAMETER]);
        team.git(0, &["commit", "-qm", "Tidy up"]);
        team.git(0, &["push", "-q"]);
        is_refused(&team.run(1, &["sync"]), "found revision 2, already saw 3");
        if driver {
            team.ok(1, &["git-setup"]);
        }
        assert_ne!(team.try_git(1, &["merge", "--no-edit", "origin/main"]).code, 0);
        only_one_side_is_taken(&team, "--ours", "--theirs", "their side cannot be merged: ");
        // The commit hook does not ask for the other side.
        team.ok(1, &["git-setup"]);
        assert_eq!(team.ok(1, &["resolve"]), "no document is in conflict\n");
        team.git(1, &["commit", "-q", "--no-edit"]);
    }
}

fn is_refused(run: &Outcome, reason: &str) {
    assert!(run.code == 6 && run.stdout.contains(reason), "{reason}: {run:?}");
    assert!(run.stderr.contains("the upstream rolls documents back"), "{run:?}");
}

#[test]
fn a_state_that_was_left_behind_has_nothing_to_add() {
    for driver in [false, true] {
        let team = Team::new(1);
        team.put(0, "/shared", "second");
        team.git(0, &["branch", "replay"]);
        team.ok(0, &["label", "add", "/shared:2", "live", "--commit"]);
        team.ok(0, &["label", "move", "/shared", "live", "--to", "1", "--commit"]);
        let here = fs::read(team.document(0, "params/shared.yaml")).unwrap();
        // A branch from before has a state that ours has gone beyond.
        team.git(0, &["switch", "-q", "replay"]);
        team.git(0, &["checkout", "-q", "main~1", "--", PARAMETER]);
        team.git(0, &["commit", "-qm", "Once more"]);
        team.git(0, &["switch", "-q", "main"]);
        if driver {
            team.ok(0, &["git-setup"]);
            team.git(0, &["merge", "-q", "--no-edit", "replay"]);
        } else {
            assert_ne!(team.try_git(0, &["merge", "replay"]).code, 0);
            team.ok(0, &["git-setup"]);
            let resolved = team.ok(0, &["resolve"]);
            assert!(resolved.contains("their side is an earlier state of ours"), "{resolved}");
            team.git(0, &["commit", "-q", "--no-edit"]);
        }
        assert_eq!(fs::read(team.document(0, "params/shared.yaml")).unwrap(), here, "driver: {driver}");
        team.ok(0, &["verify", "--git", "origin/main..HEAD"]);
    }
}

#[test]
fn a_document_is_not_removed_by_a_merge() {
    let team = Team::new(2);
    team.ok(1, &["param", "tag", "/shared", "team=pay", "--commit"]);
    team.git(0, &["rm", "-q", PARAMETER]);
    team.git(0, &["commit", "-qm", "Tidy up"]);
    team.git(0, &["push", "-q"]);
    is_refused(&team.run(1, &["sync"]), "`params/shared.yaml` was removed without a tombstone");
    assert_ne!(team.try_git(1, &["merge", "origin/main"]).code, 0);
    for arguments in [&["resolve"][..], &["resolve", "--theirs"]] {
        let stuck = team.run(1, arguments);
        assert!(stuck.code == 4 && stuck.stdout.contains("without a tombstone"), "{stuck:?}");
    }
    team.ok(1, &["resolve", "--ours"]);
    team.git(1, &["commit", "-q", "--no-edit"]);
    team.ok(1, &["sync"]);
    assert_eq!(team.ok(1, &["param", "get", "/shared"]), "first");
}

#[test]
fn what_was_taken_back_and_put_right_again_is_merged() {
    let team = Team::new(2);
    team.put(1, "/other", "x");
    team.put(0, "/shared", "second");
    team.git(0, &["revert", "--no-edit", "HEAD"]);
    team.git(0, &["push", "-q"]);
    is_refused(&team.run(1, &["sync"]), "was rolled back");
    team.ok(0, &["accept", "/shared", "--yes", "--commit"]);
    team.git(0, &["push", "-q"]);
    team.ok(1, &["sync"]);
    assert_eq!(team.ok(1, &["param", "get", "/shared"]), "first");
}

#[test]
fn a_commit_of_a_newer_branch_is_picked_and_a_commit_is_left_out_of_a_rebase() {
    for driver in [false, true] {
        let team = Team::new(1);
        if driver {
            team.ok(0, &["git-setup"]);
        }
        let go_on = |how: &str, run: Outcome| {
            assert_eq!(run.code == 0, driver, "{how}: {run:?}");
            if !driver {
                team.ok(0, &["resolve"]);
                team.git(0, &["-c", "core.editor=true", how, "--continue"]);
            }
            team.ok(0, &["verify"]);
        };
        team.git(0, &["switch", "-qc", "feature"]);
        team.put(0, "/shared", "second");
        team.ok(0, &["param", "tag", "/shared", "team=pay", "--commit"]);
        team.git(0, &["switch", "-q", "main"]);
        go_on("cherry-pick", team.try_git(0, &["cherry-pick", "feature"]));
        team.git(0, &["reset", "-q", "--hard", "HEAD~1"]);
        team.ok(0, &["accept", "/shared", "--yes"]);
        team.git(0, &["commit", "-qam", "Accepted"]);
        team.git(0, &["switch", "-q", "feature"]);
        go_on("rebase", team.try_git(0, &["rebase", "--onto", "main", "feature~1", "feature"]));
        assert!(team.ok(0, &["param", "show", "/shared"]).contains("pay"));
    }
}

#[test]
fn a_shallow_clone_syncs_and_says_what_it_cannot_tell() {
    let team = Team::new(1);
    team.put(0, "/shared", "second");
    team.git(0, &["push", "-q"]);
    let remote = format!("file://{}", team.path("remote.git").display());
    team.git(0, &["clone", "-q", "--depth", "1", &remote, team.dir(1).to_str().unwrap()]);
    team.put(0, "/shared", "third");
    team.git(0, &["push", "-q"]);
    team.ok(1, &["param", "tag", "/shared", "team=pay", "--commit"]);
    let run = team.run(1, &["sync"]);
    assert!(run.code == 0 && run.stderr.contains("this clone is shallow"), "{run:?}");
    assert_eq!(team.ok(1, &["param", "get", "/shared"]), "third");
    team.git(0, &["pull", "-q"]);
    team.git(0, &["checkout", "-q", "HEAD~2", "--", PARAMETER]);
    team.git(0, &["commit", "-qm", "Tidy up"]);
    team.git(0, &["push", "-q"]);
    is_refused(&team.run(1, &["sync"]), "was rolled back");
}

/// Ana and bob, both admins, and carol and dave, of whom only carol reads the key; with the document that says so.
fn readers() -> ([Sandbox; 3], String) {
    let (ana, bob) = admins();
    let (carol, dave) = (clone(&ana), clone(&ana));
    add(&ana, &carol, "carol", &["--write", "parameter:/dev"]);
    add(&ana, &dave, "dave", &[]);
    commit(&ana);
    git(&ana, &["branch", "before"]);
    ana.ok(&["key", "grant", "default", "carol"]);
    let granted = ana.read(KEY);
    pull(&bob, &ana);
    ([ana, bob, carol], granted)
}

fn readers_of(sandbox: &Sandbox) -> String {
    json(&sandbox.ok(&["--json", "key", "show", "default"]))["Readers"].to_string()
}

#[test]
fn no_merge_wraps_a_key_for_a_reader_who_lost_it() {
    for driver in [false, true] {
        let ([ana, bob, _carol], granted) = readers();
        ana.ok(&["key", "revoke", "default", "carol", "--yes"]);
        pull(&bob, &ana);
        ana.ok(&["key", "grant", "default", "dave"]);
        commit(&ana);
        bob.write(KEY, &granted);
        commit(&bob);
        fetch(&ana, &bob);
        if driver {
            ana.ok(&["git-setup"]);
        }
        assert_ne!(try_git(&ana, &["merge", "theirs"]).code, 0);
        for arguments in [&["resolve"][..], &["resolve", "--theirs"]] {
            let stuck = ana.run(arguments);
            assert!(stuck.code == 4 && stuck.stdout.contains("their side cannot be merged"), "{stuck:?}");
        }
        ana.ok(&["resolve", "--ours"]);
        git(&ana, &["commit", "-q", "--no-edit"]);
        assert_eq!(readers_of(&ana), r#"["ana","recovery","bob","dave"]"#);
        ana.ok(&["verify"]);
    }
}

#[test]
fn a_grant_that_was_taken_back_since_comes_back_by_no_branch_from_before_it() {
    let ([ana, _bob, carol], granted) = readers();
    ana.ok(&["key", "revoke", "default", "carol", "--yes"]);
    ana.put("/dev/new", "after her");
    commit(&ana);
    git(&ana, &["switch", "-q", "before"]);
    // In another spelling of the same text.
    ana.write(KEY, granted.replace('\n', "\r\n"));
    git(&ana, &["-c", "core.autocrlf=false", "commit", "-qam", "Once more"]);
    git(&ana, &["switch", "-q", "-"]);
    assert_ne!(try_git(&ana, &["merge", "before"]).code, 0);
    let resolved = ana.ok(&["resolve"]);
    assert!(resolved.contains("their side is an earlier state of ours"), "{resolved}");
    git(&ana, &["commit", "-q", "--no-edit"]);
    assert_eq!(readers_of(&ana), r#"["ana","recovery","bob"]"#);
    fetch(&carol, &ana);
    git(&carol, &["reset", "-q", "--hard", "theirs"]);
    assert_eq!(carol.run_with(&["param", "get", "/dev/new"], &[("VLT_ID", &ana.vault_id())]).code, 5);
}

/// A machine that has never seen the vault has the trust chain, and that says how old a key document may be.
#[test]
fn no_admin_on_a_new_machine_wraps_by_an_outdated_key_document() {
    let ([ana, ..], granted) = readers();
    let eve = clone(&ana);
    let (request, fingerprint) = crate::team::request(&eve, "eve");
    ana.ok(&["key", "revoke", "default", "carol", "--yes"]);
    let current = ana.read(KEY);
    let fresh = clone(&ana);
    fresh.write(KEY, &granted);
    commit(&fresh);
    let (id, identity) = (ana.vault_id(), ana.identity_file());
    let known = [("VLT_ID", id.as_str()), ("VLT_IDENTITY_FILE", identity.to_str().unwrap())];
    let join = ["member", "add", &request, "--read", "default", "--no-input", "--fingerprint", &fingerprint];
    let commands: [&[&str]; 7] = [
        &["key", "grant", "default", "dave"],
        &["key", "revoke", "default", "bob", "--yes"],
        &["key", "rotate", "default"],
        &["key", "rotate", "default", "--reencrypt"],
        &["key", "map", "default", "parameter:/new"],
        &["member", "rm", "bob", "--yes"],
        &join,
    ];
    for command in commands {
        // Each on a machine of its own.
        let _ = fs::remove_dir_all(fresh.home().join(".local/state/vault"));
        is(&fresh.run_with(command, &known), 7, "the document of the key `default` is outdated");
        assert_eq!(fresh.read(KEY), granted, "{command:?}");
    }
    let verified = fresh.run_with(&["verify"], &known);
    assert!(verified.code == 6 && format!("{verified:?}").contains("is outdated"), "{verified:?}");
    fresh.write(KEY, &current);
    assert_eq!(fresh.run_with(&["key", "grant", "default", "dave"], &known).code, 0);
    let shown = fresh.run_with(&["--json", "key", "show", "default"], &known);
    assert_eq!(json(&shown.stdout)["Readers"].to_string(), r#"["ana","recovery","bob","dave"]"#);
}

#[test]
fn an_outdated_key_document_is_not_accepted() {
    let ([ana, ..], granted) = readers();
    ana.ok(&["key", "revoke", "default", "carol", "--yes"]);
    ana.write(KEY, &granted);
    is(&ana.run(&["accept", "--key", "default", "--yes"]), 7, "is outdated: it ends at version 1");
    assert_eq!(ana.read(KEY), granted);
}

/// Bob signed a document when he might, it was changed since, and somebody brings his back when he may not any more.
fn brought_back(rel: &str, change: &[&str], taken: &[&str]) -> Sandbox {
    let (ana, bob) = admins();
    let carol = clone(&ana);
    add(&ana, &carol, "carol", &["--write", "parameter:/dev"]);
    pull(&bob, &ana);
    bob.ok(&["key", "grant", "default", "carol"]);
    bob.put("/dev/db", "by bob");
    pull_from(&ana, &bob);
    let old = ana.read(rel);
    ana.ok(change);
    commit(&ana);
    ana.ok(taken);
    commit(&ana);
    ana.write(rel, old);
    commit(&ana);
    fs::remove_dir_all(ana.home().join(".local/state/vault")).unwrap();
    ana
}

fn pull_from(into: &Sandbox, from: &Sandbox) {
    commit(from);
    fetch(into, from);
    git(into, &["merge", "-q", "--ff-only", "theirs"]);
}

#[test]
fn a_grant_that_was_taken_back_since_is_not_adopted() {
    let revoke = ["key", "revoke", "default", "carol", "--yes"];
    let ana = brought_back(KEY, &revoke, &["member", "update", "bob", "--no-admin"]);
    let (old, id) = (ana.read(KEY), ana.vault_id());
    let adopt = ana.run_with(&["adopt", "--key", "default", "--yes"], &[("VLT_ID", id.as_str())]);
    is(&adopt, 6, "`keys/default.yaml` is an earlier state that a commit has changed since");
    assert_eq!(ana.read(KEY), old);
}

#[test]
fn a_document_that_was_brought_back_is_not_swept_in_on_a_new_machine() {
    let put = ["param", "put", "/dev/db", "replaced", "--type", "String", "--plaintext", "--overwrite"];
    let ana = brought_back("params/dev/db.yaml", &put, &["member", "rm", "bob", "--yes"]);
    let (old, id) = (ana.read("params/dev/db.yaml"), ana.vault_id());
    let swept = ana.run_with(&["adopt", "--all-refused", "--yes"], &[("VLT_ID", id.as_str())]);
    assert!(swept.code == 6 && swept.stdout.contains("an earlier state"), "{swept:?}");
    assert_eq!(ana.read("params/dev/db.yaml"), old);
}
