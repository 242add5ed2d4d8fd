//! `vault resolve` and `vault diff` beside every way in which git makes a conflict: what is shown, and that nothing is lost.

use std::fs;

use serde_json::Value;

use crate::git::Team;

pub(crate) const CANARY: &str = "canary-2b9a41";

/// Two branches of one clone that put different secret values; `main` is checked out, `feature` is the other one.
fn branched() -> Team {
    let team = Team::new(1);
    team.git(0, &["switch", "-qc", "feature"]);
    team.put_secret(0, "/shared", &format!("{CANARY}-feature"));
    team.git(0, &["switch", "-q", "main"]);
    team.put_secret(0, "/shared", &format!("{CANARY}-main"));
    team
}

/// Both values are versions of the document now, and it verifies.
pub(crate) fn both_are_kept(team: &Team, clone: usize) {
    team.ok(clone, &["verify"]);
    let history = team.ok(clone, &["param", "history", "/shared", "--values"]);
    assert!(history.contains(&format!("{CANARY}-main")) && history.contains(&format!("{CANARY}-feature")), "{history}");
}

#[test]
fn a_conflict_shows_how_values_differ_and_the_values_only_on_purpose() {
    let team = branched();
    assert_ne!(team.try_git(0, &["merge", "feature"]).code, 0);
    let shown = team.ok(0, &["resolve", "--dry-run"]);
    assert!(shown.contains("ours: revision 2 by ana of ") && shown.contains(", v2, 18 characters\n"), "{shown}");
    assert!(shown.contains("theirs: revision 2 by ana of ") && shown.contains(", v2, 21 characters\n"), "{shown}");
    assert!(!shown.contains(CANARY), "{shown}");
    let json: Value = serde_json::from_str(&team.ok(0, &["--json", "resolve", "--dry-run"])).unwrap();
    let resolved = &json["Resolved"][0];
    assert_eq!((&resolved["Ours"]["Characters"], &resolved["SameValue"]), (&Value::from(18), &Value::Bool(false)));
    assert!(!json.to_string().contains(CANARY));
    let shown = team.ok(0, &["resolve", "--dry-run", "--values"]);
    assert!(shown.contains(&format!("{CANARY}-main\n")) && shown.contains(&format!("{CANARY}-feature\n")), "{shown}");
    let json: Value = serde_json::from_str(&team.ok(0, &["--json", "resolve", "--dry-run", "--values"])).unwrap();
    assert_eq!(json["Resolved"][0]["Theirs"]["Value"], format!("{CANARY}-feature"));
    assert!(!team.git(0, &["ls-files", "-u"]).is_empty(), "a dry run resolves nothing");
    let mut locked = team.prepared(team.sandbox.program(), 0);
    locked.args(["resolve", "--values", "--no-input"]).env("XDG_CONFIG_HOME", team.path("nowhere"));
    let locked = crate::project::outcome(locked.output().unwrap());
    assert_ne!(locked.code, 0, "values need the key: {locked:?}");
    team.ok(0, &["resolve"]);
    team.git(0, &["commit", "-q", "--no-edit"]);
    both_are_kept(&team, 0);
}

#[test]
fn values_on_a_terminal_have_their_control_characters_spelled_out() {
    let team = Team::new(1);
    team.git(0, &["switch", "-qc", "feature"]);
    team.put_secret(0, "/shared", "\u{1b}[31mred");
    team.git(0, &["switch", "-q", "main"]);
    team.put_secret(0, "/shared", "plain");
    assert_ne!(team.try_git(0, &["merge", "feature"]).code, 0);
    let shown = team.ok(0, &["resolve", "--dry-run", "--values"]);
    assert!(!shown.contains('\u{1b}') && shown.contains("[31mred"), "{shown:?}");
}

#[test]
fn a_merge_that_is_given_up_after_all_leaves_no_trace() {
    let team = branched();
    assert_ne!(team.try_git(0, &["merge", "feature"]).code, 0);
    team.ok(0, &["resolve"]);
    team.git(0, &["merge", "--abort"]);
    team.ok(0, &["verify"]);
    assert_ne!(team.try_git(0, &["merge", "feature"]).code, 0);
    team.ok(0, &["resolve"]);
    team.git(0, &["commit", "-q", "--no-edit"]);
    both_are_kept(&team, 0);
}

#[test]
fn a_stash_that_meets_another_change_is_merged() {
    let team = Team::new(1);
    let value = team.path("value");
    fs::write(&value, format!("{CANARY}-feature")).unwrap();
    team.ok(0, &["param", "put", "/shared", "--file", value.to_str().unwrap(), "--overwrite"]);
    team.git(0, &["stash", "-q"]);
    // What was put away is a step back, until it is put back.
    team.ok(0, &["accept", "/shared", "--yes"]);
    team.git(0, &["commit", "-qam", "Accepted"]);
    team.put_secret(0, "/shared", &format!("{CANARY}-main"));
    assert_ne!(team.try_git(0, &["stash", "pop"]).code, 0, "both sides changed it");
    team.ok(0, &["resolve"]);
    team.git(0, &["commit", "-qam", "Both"]);
    both_are_kept(&team, 0);
}

#[test]
fn three_branches_at_once_merge_one_conflict_and_one_other_document() {
    let team = branched();
    team.git(0, &["switch", "-qc", "third", "main~1"]);
    team.put(0, "/other", "x");
    team.git(0, &["switch", "-q", "main"]);
    let merge = team.try_git(0, &["merge", "--no-edit", "third", "feature"]);
    assert_ne!(merge.code, 0, "the last one conflicts: {merge:?}");
    team.ok(0, &["resolve"]);
    team.git(0, &["commit", "-q", "--no-edit"]);
    both_are_kept(&team, 0);
    assert_eq!(team.ok(0, &["param", "get", "/other"]), "x");
    assert_eq!(team.git(0, &["rev-list", "--parents", "-1", "HEAD"]).split(' ').count(), 4, "an octopus");
    team.ok(0, &["verify", "--git", "origin/main..HEAD"]);
}

#[test]
fn a_deletion_that_meets_a_put_waits_and_names_the_ways_out() {
    for (way, code) in [("--ours", 0), ("--theirs", 3)] {
        let team = Team::new(1);
        team.git(0, &["switch", "-qc", "feature"]);
        team.ok(0, &["param", "rm", "/shared", "--yes", "--commit"]);
        team.git(0, &["switch", "-q", "main"]);
        team.put_secret(0, "/shared", CANARY);
        assert_ne!(team.try_git(0, &["merge", "feature"]).code, 0);
        let stuck = team.run(0, &["resolve"]);
        assert_eq!(stuck.code, 4, "{stuck:?}");
        for words in ["one side deleted it, the other changed it", ", deleted\n", "/shared is in conflict"] {
            assert!(stuck.stdout.contains(words), "{words}: {stuck:?}");
        }
        assert!(stuck.stderr.contains("`vault resolve --ours`") && stuck.stderr.contains("`vault resolve --theirs`"));
        team.ok(0, &["resolve", way]);
        team.git(0, &["commit", "-q", "--no-edit"]);
        team.ok(0, &["verify"]);
        assert_eq!(team.run(0, &["param", "get", "/shared"]).code, code);
    }
}

#[test]
fn fields_that_each_side_changed_alone_are_both_kept() {
    let team = Team::new(1);
    let value = team.path("value");
    fs::write(&value, CANARY).unwrap();
    team.ok(0, &["secret", "create", "app", "--file", value.to_str().unwrap(), "--commit"]);
    team.git(0, &["switch", "-qc", "feature"]);
    team.ok(0, &["param", "tag", "/shared", "team=payments", "--commit"]);
    team.ok(0, &["secret", "update", "app", "--description", "theirs", "--commit"]);
    team.git(0, &["switch", "-q", "main"]);
    team.ok(0, &["label", "add", "/shared", "live", "--commit"]);
    team.ok(0, &["secret", "tag", "app", "team=payments", "--commit"]);
    assert_ne!(team.try_git(0, &["merge", "feature"]).code, 0);
    team.ok(0, &["resolve"]);
    team.git(0, &["commit", "-q", "--no-edit"]);
    assert!(team.ok(0, &["label", "ls", "/shared"]).contains("live"));
    assert!(team.ok(0, &["param", "show", "/shared"]).contains("payments"));
    let shown = team.ok(0, &["secret", "show", "app"]);
    assert!(shown.contains("payments") && shown.contains("theirs"), "{shown}");
}

#[test]
fn a_diff_says_how_long_values_were_where_the_key_is_at_hand() {
    let team = Team::new(1);
    team.put_secret(0, "/shared", CANARY);
    let shown = team.ok(0, &["diff", "HEAD~1..HEAD"]);
    assert!(shown.contains("v1 → v2, 5 → 13 characters") && shown.contains("ana"), "{shown}");
    let value = team.path("value");
    fs::write(&value, CANARY).unwrap();
    team.ok(0, &["secret", "create", "app", "--file", value.to_str().unwrap(), "--commit"]);
    assert!(team.ok(0, &["diff", "HEAD~1..HEAD"]).contains("13 characters"));
    fs::write(&value, "another value").unwrap();
    team.ok(0, &["secret", "put", "app", "--file", value.to_str().unwrap(), "--commit"]);
    let shown = team.ok(0, &["diff", "HEAD~1..HEAD"]);
    assert!(shown.contains("13 → 13 characters") && !shown.contains(CANARY), "{shown}");
    let without_key = |range: &str| {
        let mut command = team.prepared(team.sandbox.program(), 0);
        command.args(["diff", range]).env("XDG_CONFIG_HOME", team.path("nowhere"));
        let run = crate::project::outcome(command.output().unwrap());
        assert_eq!(run.code, 0, "{run:?}");
        run.stdout
    };
    let shown = without_key("HEAD~3..HEAD~2");
    assert!(shown.contains("v1 → v2") && !shown.contains("characters"), "{shown}");
    team.put(0, "/plain", "12345");
    assert!(without_key("HEAD~1..HEAD").contains("put v1, 5 characters"), "a plain value needs no key");
}
