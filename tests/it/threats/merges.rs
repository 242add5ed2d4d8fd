//! Merges of kinds that know nothing of a vault: what they make of a document is never silently wrong.

use std::fs;

use crate::git::{Team, diverged, refused};

/// Both values are there, and everything holds.
fn resolved(team: &Team) {
    team.ok(1, &["resolve"]);
    team.git(1, &["add", "-A"]);
    team.git(1, &["commit", "-qm", "One document again"]);
    team.ok(1, &["verify"]);
    assert_eq!(team.values(1, "/shared").len(), 3);
}

#[test]
fn an_attribute_that_turns_merging_off_loses_neither_side() {
    let team = diverged();
    fs::write(team.dir(1).join(".git/info/attributes"), "*.yaml -merge\n").unwrap();
    assert_ne!(team.try_git(1, &["merge", "origin/main"]).code, 0);
    assert!(!team.git(1, &["ls-files", "-u"]).is_empty(), "git says that it is not merged");
    resolved(&team);
}

#[test]
fn a_recorded_resolution_brings_back_the_same_document_or_none() {
    let team = diverged();
    team.git(1, &["config", "rerere.enabled", "true"]);
    assert_ne!(team.try_git(1, &["merge", "origin/main"]).code, 0);
    resolved(&team);
    let document = fs::read(team.document(1, "params/shared.yaml")).unwrap();
    team.git(1, &["reset", "-q", "--hard", "HEAD~"]);
    let again = team.try_git(1, &["merge", "origin/main"]);
    assert!(again.code != 0 && format!("{again:?}").contains("previous resolution"), "{again:?}");
    assert!(fs::read(team.document(1, "params/shared.yaml")).unwrap() == document, "signed as it was recorded");
    team.ok(1, &["param", "get", "/shared"]);
    team.git(1, &["merge", "--abort"]);
    // What was recorded for these two sides is not used for others.
    team.ok(1, &["accept", "/shared", "--yes", "--commit"]);
    team.put(1, "/shared", "third");
    let other = team.try_git(1, &["merge", "origin/main"]);
    assert_ne!(other.code, 0, "{other:?}");
    refused(&team, 1);
    team.ok(1, &["resolve"]);
    team.git(1, &["commit", "-q", "--no-edit"]);
    team.ok(1, &["verify"]);
    assert_eq!(team.values(1, "/shared").len(), 4);
}

#[test]
fn a_stash_that_does_not_fit_any_more_is_resolved() {
    let team = Team::new(2);
    team.ok(1, &["param", "put", "/shared", "stashed", "--type", "String", "--plaintext", "--overwrite"]);
    team.git(1, &["stash", "-q"]);
    team.ok(1, &["accept", "/shared", "--yes"]);
    team.git(1, &["commit", "-qam", "Accepted"]);
    team.put(1, "/shared", "committed");
    assert_ne!(team.try_git(1, &["stash", "pop"]).code, 0);
    refused(&team, 1);
    resolved(&team);
    let values: Vec<String> = team.values(1, "/shared").into_iter().map(|(_, value)| value).collect();
    assert!(values.contains(&"stashed".to_owned()) && values.contains(&"committed".to_owned()), "{values:?}");
}

#[test]
fn an_octopus_merges_different_documents_and_no_two_writes_of_one() {
    let team = Team::new(1);
    for branch in ["a", "b"] {
        team.git(0, &["switch", "-qc", branch, "main"]);
        team.put(0, &format!("/{branch}"), branch);
    }
    team.git(0, &["switch", "-q", "main"]);
    team.git(0, &["merge", "-q", "--no-edit", "a", "b"]);
    team.ok(0, &["verify"]);
    assert_eq!(team.ok(0, &["param", "ls"]).lines().count(), 3);
    for branch in ["c", "d"] {
        team.git(0, &["switch", "-qc", branch, "main"]);
        team.put(0, "/shared", branch);
    }
    team.git(0, &["switch", "-q", "main"]);
    assert_ne!(team.try_git(0, &["merge", "--no-edit", "c", "d"]).code, 0);
    let read = team.run(0, &["param", "get", "/shared"]);
    assert!(read.code == 6 || ["first", "c"].contains(&read.stdout.as_str()), "{read:?}");
}
