//! A change that git put away and brings back (a stash, an autostash, a picked commit) meets another one with the same revision:
//! a conflict like any other, and both are kept.

use std::fs;

use crate::git::Team;
use crate::project::{Outcome, Sandbox, has};
use crate::resolve::{CANARY, both_are_kept};
use crate::team::{commit, git};

/// Two clones of which the first has pushed a put, and the second has made another one that it has not committed.
fn both_put(is_set_up: bool) -> Team {
    let team = Team::new(2);
    if is_set_up {
        team.ok(1, &["git-setup"]);
    }
    team.put_secret(0, "/shared", &format!("{CANARY}-main"));
    team.git(0, &["push", "-q"]);
    change(&team, "feature");
    team
}

/// The second clone puts a value and commits nothing.
fn change(team: &Team, value: &str) {
    let file = team.path("changed");
    fs::write(&file, format!("{CANARY}-{value}")).unwrap();
    team.ok(1, &["param", "put", "/shared", "--file", file.to_str().unwrap(), "--overwrite"]);
}

/// What git has brought back is merged by the driver, or is a conflict that `vault resolve` merges; nothing of it is lost.
fn comes_to_both(team: &Team, is_set_up: bool, run: &Outcome, what: &str) {
    let unmerged = team.git(1, &["ls-files", "-u"]);
    assert_eq!(unmerged.is_empty(), is_set_up, "{what}, set up: {is_set_up}: {run:?}");
    if !is_set_up {
        let resolved = team.ok(1, &["resolve"]);
        assert!(resolved.contains("/shared resolved"), "{what}: {resolved}");
    }
    team.ok(1, &["verify"]);
    if team.try_git(1, &["diff", "--quiet", "HEAD"]).code != 0 {
        team.git(1, &["commit", "-qam", "Both"]);
    }
    both_are_kept(team, 1);
    team.ok(1, &["verify", "--git", "origin/main..HEAD"]);
}

const BOTH: [bool; 2] = [false, true];

#[test]
fn a_stash_is_merged_with_what_was_pulled_meanwhile() {
    for is_set_up in BOTH {
        let team = both_put(is_set_up);
        team.git(1, &["stash", "-q"]);
        team.git(1, &["pull", "-q", "--ff-only"]);
        let run = team.try_git(1, &["stash", "pop"]);
        comes_to_both(&team, is_set_up, &run, "stash pop");
    }
}

#[test]
fn a_stash_of_several_changes_is_merged_too() {
    for is_set_up in BOTH {
        let team = both_put(is_set_up);
        team.ok(1, &["param", "tag", "/shared", "team=payments"]);
        team.git(1, &["stash", "-q"]);
        team.git(1, &["pull", "-q", "--ff-only"]);
        let run = team.try_git(1, &["stash", "pop"]);
        comes_to_both(&team, is_set_up, &run, "a stash that is ahead");
        assert!(team.ok(1, &["param", "show", "/shared"]).contains("payments"));
    }
}

#[test]
fn an_autostash_is_merged_after_a_rebase_and_after_a_merge() {
    let pulls: [&[&str]; 2] = [
        &["-c", "rebase.autoStash=true", "pull", "-q", "--rebase"],
        &["-c", "merge.autoStash=true", "pull", "-q", "--no-rebase", "--no-edit"],
    ];
    for pull in pulls {
        for (is_set_up, has_commit) in [(false, false), (true, false), (false, true), (true, true)] {
            let team = both_put(is_set_up);
            if has_commit {
                // The stash goes on top of something that was never on the branch before.
                team.git(1, &["stash", "-q"]);
                team.ok(1, &["param", "put", "/other", "x", "--type", "String", "--commit"]);
                team.git(1, &["stash", "pop", "-q"]);
            }
            let run = team.try_git(1, pull);
            comes_to_both(&team, is_set_up, &run, &format!("{pull:?}, a commit too: {has_commit}"));
        }
    }
}

#[test]
fn an_autostash_on_top_of_a_put_that_is_rebased_is_merged() {
    for is_set_up in BOTH {
        let team = both_put(is_set_up);
        team.git(1, &["commit", "-qam", "Feature"]);
        change(&team, "uncommitted");
        let run = team.try_git(1, &["-c", "rebase.autoStash=true", "pull", "-q", "--rebase"]);
        if !is_set_up {
            assert_ne!(run.code, 0, "{run:?}");
            team.ok(1, &["resolve"]);
            team.try_git(1, &["-c", "core.editor=true", "rebase", "--continue"]);
        }
        comes_to_both(&team, is_set_up, &run, "a rebase with an autostash");
        assert_eq!(team.values(1, "/shared").len(), 4);
    }
}

#[test]
fn a_commit_that_was_reset_and_is_picked_again_is_merged() {
    for is_set_up in BOTH {
        let team = both_put(is_set_up);
        team.git(1, &["commit", "-qam", "Feature"]);
        let feature = team.git(1, &["rev-parse", "HEAD"]);
        team.git(1, &["reset", "-q", "--hard", "HEAD~1"]);
        team.git(1, &["pull", "-q", "--ff-only"]);
        let run = team.try_git(1, &["cherry-pick", feature.trim()]);
        comes_to_both(&team, is_set_up, &run, "cherry-pick");
    }
}

#[test]
fn a_rebase_is_merged() {
    for is_set_up in BOTH {
        let team = both_put(is_set_up);
        team.git(1, &["commit", "-qam", "Feature"]);
        let run = team.try_git(1, &["pull", "-q", "--rebase"]);
        if !is_set_up {
            assert_ne!(run.code, 0, "{run:?}");
            team.ok(1, &["resolve"]);
            team.git(1, &["-c", "core.editor=true", "rebase", "--continue"]);
        }
        comes_to_both(&team, true, &run, "rebase");
    }
}

#[test]
fn one_side_can_be_taken_of_what_no_rule_decides() {
    for way in ["--ours", "--theirs"] {
        let team = Team::new(2);
        team.put(0, "/shared", "second");
        team.git(0, &["push", "-q"]);
        team.git(1, &["pull", "-q"]);
        team.ok(0, &["label", "add", "/shared:1", "live", "--commit"]);
        team.git(0, &["push", "-q"]);
        team.ok(1, &["label", "add", "/shared:2", "live"]);
        team.git(1, &["stash", "-q"]);
        team.git(1, &["pull", "-q", "--ff-only"]);
        assert_ne!(team.try_git(1, &["stash", "pop"]).code, 0);
        let stuck = team.run(1, &["resolve"]);
        assert_eq!(stuck.code, 4, "{stuck:?}");
        assert!(stuck.stdout.contains("both sides changed the label `live`"), "{stuck:?}");
        team.ok(1, &["resolve", way]);
        team.ok(1, &["verify"]);
        let version = if way == "--ours" { "/shared:1" } else { "/shared:2" };
        assert_eq!(team.ok(1, &["param", "get", "/shared:live"]), team.ok(1, &["param", "get", version]));
    }
}

/// Git names no commit for the side of a stash: only the index has it.
#[test]
fn a_stash_that_changed_keys_is_put_on_top_of_what_others_changed() {
    for (theirs, ours) in [("rotate", &["key", "rotate", "default"][..]), ("map", &["key", "create", "other"])] {
        let team = Team::new(2);
        team.ok(0, &["key", "rotate", "default", "--commit"]);
        if theirs == "map" {
            team.ok(0, &["key", "create", "more", "--commit"]);
        }
        team.git(0, &["push", "-q"]);
        team.ok(1, ours);
        team.git(1, &["add", "-A"]);
        team.git(1, &["stash", "-q"]);
        team.git(1, &["pull", "-q", "--ff-only"]);
        assert_ne!(team.try_git(1, &["stash", "pop"]).code, 0);
        assert!(team.ok(1, &["trust", "rebase", "--yes"]).contains("is re-signed"));
        team.ok(1, &["resolve"]);
        team.ok(1, &["verify"]);
        team.git(1, &["add", "-A"]);
        team.git(1, &["commit", "-qm", "Both"]);
        team.ok(1, &["verify", "--git", "origin/main..HEAD"]);
    }
}

/// Both put a value of a secret: no rule says which is current, and each side can be taken.
#[test]
fn a_stash_with_a_new_value_of_a_secret_is_resolved_by_choosing() {
    for way in ["--ours", "--theirs"] {
        let team = Team::new(2);
        let value = team.path("value");
        let value = value.to_str().unwrap();
        fs::write(value, "one").unwrap();
        team.ok(0, &["secret", "create", "db", "--file", value, "--commit"]);
        team.git(0, &["push", "-q"]);
        team.git(1, &["pull", "-q"]);
        for clone in [0, 1] {
            fs::write(value, format!("{CANARY}-{clone}")).unwrap();
            team.ok(clone, &["secret", "put", "db", "--file", value]);
        }
        team.git(0, &["commit", "-qam", "Put"]);
        team.git(0, &["push", "-q"]);
        team.git(1, &["stash", "-q"]);
        team.git(1, &["pull", "-q", "--ff-only"]);
        assert_ne!(team.try_git(1, &["stash", "pop"]).code, 0);
        assert_eq!(team.run(1, &["resolve"]).code, 4);
        team.ok(1, &["resolve", way]);
        team.ok(1, &["verify"]);
        let expected = if way == "--ours" { "0" } else { "1" };
        assert_eq!(team.ok(1, &["secret", "get", "db"]), format!("{CANARY}-{expected}"));
    }
}

/// Somebody who can push, and no more, brings an old file back; it must not get in by way of what is merged with it.
#[test]
fn an_old_revision_is_not_signed_again_with_what_was_put_away() {
    for is_set_up in BOTH {
        let team = Team::new(2);
        let old = fs::read(team.document(0, "params/shared.yaml")).unwrap();
        team.put_secret(0, "/shared", "second");
        team.git(0, &["push", "-q"]);
        team.git(1, &["pull", "-q"]);
        team.ok(1, &["verify"]);
        if is_set_up {
            team.ok(1, &["git-setup"]);
        }
        change(&team, "feature");
        team.git(1, &["stash", "-q"]);
        fs::write(team.document(0, "params/shared.yaml"), old).unwrap();
        team.git(0, &["commit", "-qam", "Tidy up"]);
        team.git(0, &["push", "-q"]);
        team.git(1, &["pull", "-q", "--ff-only"]);
        assert_ne!(team.try_git(1, &["stash", "pop"]).code, 0);
        let refused = team.run(1, &["resolve"]);
        assert_eq!(refused.code, 4, "{refused:?}");
        assert!(refused.stdout.contains("was rolled back"), "{refused:?}");
        assert!(!team.git(1, &["ls-files", "-u"]).is_empty());
    }
}

/// Two contents of one revision are merged only where one of them is the one that was seen here.
#[test]
fn a_second_content_of_a_revision_is_refused_if_neither_side_was_seen_here() {
    let team = Team::new(2);
    team.put_secret(0, "/shared", "seen");
    team.git(0, &["push", "-q", "origin", "main"]);
    team.git(1, &["pull", "-q"]);
    team.ok(1, &["verify"]);
    team.git(1, &["reset", "-q", "--hard", "HEAD~1"]);
    for value in ["one", "other"] {
        team.git(0, &["switch", "-qc", value, "main~1"]);
        team.put_secret(0, "/shared", value);
        team.git(0, &["push", "-q", "origin", value]);
    }
    team.git(1, &["fetch", "-q"]);
    team.git(1, &["merge", "-q", "--ff-only", "origin/one"]);
    assert_ne!(team.try_git(1, &["merge", "origin/other"]).code, 0);
    let refused = team.run(1, &["resolve"]);
    assert_eq!(refused.code, 4, "{refused:?}");
    assert!(refused.stdout.contains("two contents have revision 2"), "{refused:?}");
}

/// A conflict in the index is nobody's to commit: not the vault's, and not that of a file beside it.
#[test]
fn nothing_is_committed_while_a_file_is_in_conflict() {
    for file in ["params/shared.yaml", "../notes.txt"] {
        let team = both_put(false);
        if file != "params/shared.yaml" {
            fs::write(team.document(0, file), "one\n").unwrap();
            team.git(0, &["add", "-A"]);
            team.git(0, &["commit", "-qm", "Notes"]);
            team.git(0, &["push", "-q"]);
            team.git(1, &["checkout", "-q", "HEAD", "--", "."]);
            team.ok(1, &["accept", "/shared", "--yes", "--commit"]);
            fs::write(team.document(1, file), "two\n").unwrap();
            team.git(1, &["add", "-A"]);
        }
        team.git(1, &["stash", "-q"]);
        team.git(1, &["pull", "-q", "--no-rebase", "--no-edit", "-Xours"]);
        assert_ne!(team.try_git(1, &["stash", "pop"]).code, 0);
        let before = (team.git(1, &["rev-parse", "HEAD"]), team.git(1, &["ls-files", "-s"]));
        let is_vaults = file == "params/shared.yaml";
        let name = if is_vaults { ".vault/params/shared.yaml" } else { "notes.txt" };
        for arguments in [&["sync"][..], &["sync", "--commit"], &["--json", "sync", "--commit"]] {
            let run = team.run(1, arguments);
            assert_eq!(run.code, 4, "{run:?}");
            assert!(run.stderr.contains(&format!("merge conflict in `{name}`")), "{run:?}");
            assert_eq!(run.stderr.contains("vault resolve"), is_vaults, "{run:?}");
        }
        let put = team.run(1, &["param", "put", "/other", "x", "--type", "String", "--commit"]);
        assert_eq!(put.code, 1, "{put:?}");
        assert!(put.stderr.contains(&format!("not committed: merge conflict in `{name}`")), "{put:?}");
        let config = team.sandbox.home().join(".config/vault/config.yaml");
        let text = fs::read_to_string(&config).unwrap();
        fs::write(&config, format!("{text}git:\n  auto_commit: true\n")).unwrap();
        let put = team.run(1, &["param", "put", "/other", "y", "--type", "String", "--plaintext", "--overwrite"]);
        assert!(put.code == 0 && put.stderr.contains("warning: the change is stored"), "{put:?}");
        assert_eq!((team.git(1, &["rev-parse", "HEAD"]), team.git(1, &["ls-files", "-s"])), before);
    }
}

#[test]
fn an_undone_merge_says_what_brings_its_documents_back() {
    if !has("git") {
        return;
    }
    let sandbox = Sandbox::new();
    fs::remove_dir_all(sandbox.project().join(".git")).unwrap();
    sandbox.put("/old", "x");
    commit(&sandbox);
    git(&sandbox, &["checkout", "-q", "-b", "other"]);
    sandbox.put("/new", "y");
    commit(&sandbox);
    git(&sandbox, &["checkout", "-q", "main"]);
    let merge = ["merge", "-q", "--no-ff", "--no-commit", "other"];
    git(&sandbox, &merge);
    assert_eq!(sandbox.ok(&["get", "/new"]), "y");
    git(&sandbox, &["merge", "--abort"]);
    let listed = sandbox.run(&["ls"]);
    assert!(listed.stderr.contains("if a merge was undone, the next one brings it back"), "{listed:?}");
    let status = sandbox.ok(&["status"]);
    assert!(status.contains("after a merge that was undone, the next merge brings it back"), "{status}");
    git(&sandbox, &merge);
    assert_eq!(sandbox.run(&["ls"]).stderr, "");
    assert!(!sandbox.ok(&["status"]).contains("undone"));
}
