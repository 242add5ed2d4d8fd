//! Anchors: a log of uses that was cut or written anew is found, even if everything on its machine fits together.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::git::Team;
use crate::project::{Outcome, Sandbox, has, outcome};

fn log(sandbox: &Sandbox) -> PathBuf {
    sandbox.home().join(".local/state/vault").join(sandbox.vault_id()).join("audit/own/log.jsonl")
}

/// A vault in which three values were written and read.
fn used() -> Sandbox {
    let sandbox = Sandbox::new();
    for name in ["/a", "/b", "/c"] {
        sandbox.put(name, "one");
        sandbox.ok(&["param", "get", name]);
    }
    sandbox
}

fn anchor(sandbox: &Sandbox) -> Value {
    serde_json::from_str(&sandbox.ok(&["--json", "audit", "anchor"])).unwrap()
}

fn verified(run: &Outcome) -> Value {
    serde_json::from_str::<Value>(&run.stdout).unwrap()["Logs"][0].clone()
}

fn says(run: &Outcome, code: i32, part: &str) {
    assert!(run.code == code && (run.stdout.contains(part) || run.stderr.contains(part)), "{part}: {run:?}");
}

#[test]
fn three_ranges_are_told_apart_and_nothing_new_is_not_anchored_again() {
    let sandbox = used();
    let first = anchor(&sandbox);
    assert_eq!(first["IsNew"], true);
    let document = format!("anchors/{}.yaml", first["Log"].as_str().unwrap());
    let text = sandbox.read(&document);
    assert!(text.contains("kind: \"anchor\"") && text.contains("member: \"ana\""), "{text}");
    assert_eq!(anchor(&sandbox)["IsNew"], false, "the record of the anchor itself is nothing new");
    assert_eq!(sandbox.read(&document), text);
    for _ in 0..2 {
        sandbox.ok(&["param", "get", "/a"]);
    }
    let run = sandbox.run(&["--json", "audit", "verify"]);
    let (log, anchored) = (verified(&run), first["Size"].as_u64().unwrap());
    let (signed, size) = (log["Signed"].as_u64().unwrap(), log["Size"].as_u64().unwrap());
    assert!(log["Anchored"] == anchored && anchored < signed && signed + 2 == size, "{run:?}");
    says(&sandbox.run(&["verify"]), 0, "documents verified");
    says(&sandbox.run(&["--dry-run", "audit", "anchor"]), 0, "would be anchored");
    assert_eq!(sandbox.read(&document), text);
}

#[test]
fn a_log_that_was_cut_behind_its_anchor_is_found_though_the_signatures_were_removed_too() {
    let sandbox = used();
    anchor(&sandbox);
    let text = fs::read_to_string(log(&sandbox)).unwrap();
    let cut: String = text.split_inclusive('\n').take(3).collect();
    fs::write(log(&sandbox), cut).unwrap();
    fs::remove_file(log(&sandbox).with_file_name("notes")).unwrap();
    says(&sandbox.run(&["audit", "verify"]), 6, "the end was cut off");
    says(&sandbox.run(&["status", "--check"]), 8, "the log of uses was cut or written anew: it has 3 records");
    says(&sandbox.run(&["doctor"]), 8, "vault audit verify");
    says(&sandbox.run(&["audit", "anchor"]), 6, "is not the one that `ana` anchored");
    let anchors = fs::read_dir(sandbox.vault().join("anchors")).unwrap().count();
    fs::remove_dir_all(log(&sandbox).parent().unwrap()).unwrap();
    sandbox.ok(&["param", "get", "/a"]);
    says(&sandbox.run(&["audit", "verify"]), 0, "of this machine is missing");
    anchor(&sandbox);
    assert_eq!(fs::read_dir(sandbox.vault().join("anchors")).unwrap().count(), anchors + 1, "another log");
}

#[test]
fn an_anchor_that_was_changed_is_refused() {
    let sandbox = used();
    let document = format!("anchors/{}.yaml", anchor(&sandbox)["Log"].as_str().unwrap());
    let text = sandbox.read(&document);
    sandbox.write(&document, text.replace("\nsize: ", "\nsize: 1"));
    for command in [&["verify"][..], &["audit", "verify"]] {
        says(&sandbox.run(command), 6, &document);
    }
}

#[test]
fn tick_renews_an_anchor_once_a_day_and_begins_none() {
    if !has("faketime") {
        return;
    }
    let sandbox = used();
    let later = |days: u32, arguments: &[&str]| {
        let mut command = sandbox.command("faketime");
        command.args(["-f", &format!("+{days}d"), env!("CARGO_BIN_EXE_vault")]).args(arguments);
        outcome(command.output().unwrap())
    };
    assert_eq!(later(2, &["tick"]).code, 0);
    assert!(!sandbox.vault().join("anchors").exists(), "the first anchor is a person's");
    says(&later(40, &["doctor"]), 0, "the log of uses is not anchored");
    says(&later(40, &["status", "--check"]), 0, "the log of uses is not anchored");
    let document = format!("anchors/{}.yaml", anchor(&sandbox)["Log"].as_str().unwrap());
    let first = sandbox.read(&document);
    sandbox.ok(&["param", "get", "/a"]);
    sandbox.ok(&["tick"]);
    assert_eq!(sandbox.read(&document), first, "a day has not passed");
    assert_eq!(later(2, &["tick"]).code, 0);
    let second = sandbox.read(&document);
    assert!(second != first && second.contains("\nrev: 2\n"), "{second}");
    assert_eq!(later(4, &["tick"]).code, 0);
    assert_eq!(sandbox.read(&document), second, "nothing was recorded since");
    says(&later(4, &["audit", "verify"]), 0, "whole");
}

#[test]
fn of_two_branches_the_longer_anchor_stays() {
    let team = Team::new(1);
    team.ok(0, &["git-setup"]);
    let here = team.git(0, &["rev-parse", "HEAD"]);
    team.ok(0, &["param", "get", "/shared"]);
    team.ok(0, &["audit", "anchor", "--commit"]);
    team.git(0, &["checkout", "-qb", "other", here.trim()]);
    team.ok(0, &["param", "get", "/shared"]);
    let longer: Value = serde_json::from_str(&team.ok(0, &["--json", "audit", "anchor", "--commit"])).unwrap();
    let document = team.dir(0).join(format!(".vault/anchors/{}.yaml", longer["Log"].as_str().unwrap()));
    let expected = fs::read_to_string(&document).unwrap();
    for (from, into) in [("other", "main"), ("main", "other")] {
        team.git(0, &["checkout", "-q", into]);
        team.git(0, &["merge", "-q", "--no-edit", from]);
        assert_eq!(fs::read_to_string(&document).unwrap(), expected, "{from} into {into}");
    }
    team.ok(0, &["audit", "verify"]);
    team.ok(0, &["verify", "--git", &format!("{}..HEAD", here.trim())]);
    fs::remove_file(&document).unwrap();
    team.git(0, &["commit", "-qam", "Remove an anchor"]);
    let range = team.run(0, &["verify", "--git", &format!("{}..HEAD", here.trim())]);
    says(&range, 6, "was removed without a tombstone");
}

#[test]
fn what_a_member_anchored_holds_when_they_have_left() {
    let team = Team::new(1);
    team.join("bob");
    let bob = team.path("home-bob/config/vault/identities/bob.txt");
    team.ok(0, &["--identity", bob.to_str().unwrap(), "audit", "anchor", "--commit"]);
    team.ok(0, &["member", "rm", "bob", "--yes"]);
    let run = team.run(0, &["--json", "audit", "verify"]);
    assert!(run.code == 0 && verified(&run)["Anchored"].as_u64().unwrap() > 0, "{run:?}");
    says(&team.run(0, &["verify"]), 0, "documents verified");
    says(&team.run(0, &["audit", "anchor"]), 6, "`bob` anchored");
}
