//! Policies of parameters, on clocks of several times: each fires once, and what expired is kept for a while.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::git::Team;
use crate::project::{Outcome, Sandbox, has, outcome};
use crate::team::{commit, pull, team};

/// Runs a command some days from now.
fn at(sandbox: &Sandbox, day: u32, arguments: &[&str]) -> Outcome {
    let mut command = sandbox.command("faketime");
    command.args(["-f", &format!("+{day}d"), env!("CARGO_BIN_EXE_vault")]).args(arguments);
    outcome(command.output().unwrap())
}

/// What a tick says some days from now.
fn tick(sandbox: &Sandbox, day: u32) -> String {
    let tick = at(sandbox, day, &["tick"]);
    assert_eq!(tick.code, 0, "{tick:?}");
    tick.stdout
}

/// The options of a parameter that expires in 30 days, and says so 10 days before, and says after 5 days that it has not changed.
const POLICIES: [&str; 6] = ["--expires", "30d", "--notify-before", "10d", "--notify-unchanged", "5d"];

fn put(sandbox: &Sandbox, name: &str) {
    let put =
        ["param", "put", name, "kept", "--type", "String", "--plaintext", "--tier", "advanced", "--label", "live"];
    sandbox.ok(&[&put[..], &POLICIES].concat());
}

/// The status of each policy, in the order of the options.
fn statuses(sandbox: &Sandbox, command: &str, day: u32) -> Vec<String> {
    let shown = at(sandbox, day, &["--json", "param", command, "/a"]);
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    let described = if command == "history" { &shown["Parameters"][0] } else { &shown };
    let policies = described["Policies"].as_array().unwrap();
    policies.iter().map(|policy| policy["PolicyStatus"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn each_policy_fires_once_and_what_expired_is_deleted_a_week_later() {
    if !has("faketime") {
        return;
    }
    let sandbox = Sandbox::new();
    put(&sandbox, "/a");
    assert_eq!(tick(&sandbox, 4), "");
    assert_eq!(tick(&sandbox, 6), "/a has not changed for 5d\n");
    assert_eq!(tick(&sandbox, 6), "");
    for command in ["show", "history"] {
        assert_eq!(statuses(&sandbox, command, 6), ["Pending", "Pending", "Finished"], "{command}");
    }
    let ticked = at(&sandbox, 21, &["--json", "tick"]);
    let ticked: Value = serde_json::from_str(&ticked.stdout).unwrap();
    assert_eq!(ticked["Fired"][0]["Name"], "/a", "{ticked}");
    assert_eq!(ticked["Fired"][0]["PolicyType"], "ExpirationNotification", "{ticked}");

    let get = at(&sandbox, 31, &["param", "get", "/a"]);
    assert!(get.code == 3 && get.stderr.contains("expired at"), "hidden before any tick: {get:?}");
    assert!(get.stderr.contains("`vault param restore /a` brings it back"), "{get:?}");
    let fired = tick(&sandbox, 31);
    assert!(fired.starts_with("/a expired at ") && fired.lines().count() == 1, "{fired}");
    assert_eq!((tick(&sandbox, 31), tick(&sandbox, 37)), (String::new(), String::new()));
    assert_eq!(tick(&sandbox, 39), "/a expired and deleted\n");
    assert_eq!(at(&sandbox, 39, &["param", "restore", "/a"]).code, 3);
    assert_eq!(at(&sandbox, 39, &["verify"]).code, 0);
}

#[test]
fn a_rehearsal_fires_nothing() {
    if !has("faketime") {
        return;
    }
    let sandbox = Sandbox::new();
    put(&sandbox, "/a");
    let before = sandbox.read("params/a.yaml");
    assert_eq!(at(&sandbox, 6, &["tick", "--dry-run"]).stdout, "/a has not changed for 5d\n");
    assert_eq!(sandbox.read("params/a.yaml"), before);
}

#[test]
fn what_expired_is_brought_back() {
    if !has("faketime") {
        return;
    }
    let sandbox = Sandbox::new();
    put(&sandbox, "/a");
    let early = sandbox.run(&["param", "restore", "/a"]);
    assert!(early.code == 4 && early.stderr.contains("it has not expired"), "{early:?}");
    for when in ["soon", "2020-01-01"] {
        assert_eq!(at(&sandbox, 31, &["param", "restore", "/a", "--expires", when]).code, 2, "{when}");
    }
    tick(&sandbox, 31);
    let restored = at(&sandbox, 32, &["param", "restore", "/a", "--expires", "60d"]);
    assert_eq!((restored.code, restored.stdout.as_str()), (0, "/a version 2 (String)\n"), "{restored:?}");
    assert_eq!(at(&sandbox, 33, &["param", "get", "/a:live"]).stdout, "kept");
    assert_eq!(tick(&sandbox, 36), "", "its policies begin again");
    assert_eq!(statuses(&sandbox, "show", 36), ["Pending"; 3]);
    assert_eq!(at(&sandbox, 93, &["param", "restore", "/a"]).code, 0);
    assert_eq!(at(&sandbox, 900, &["param", "get", "/a"]).stdout, "kept", "it does not expire any more");
}

#[test]
fn the_grace_of_a_vault_is_a_setting() {
    if !has("faketime") {
        return;
    }
    let sandbox = Sandbox::new();
    put(&sandbox, "/a");
    assert!(sandbox.ok(&["trust", "settings"]).contains("expired grace  7d"));
    assert!(sandbox.ok(&["trust", "settings", "--expired-grace", "2d"]).contains("expired grace  2d"));
    tick(&sandbox, 40);
    assert_eq!(tick(&sandbox, 41), "");
    assert_eq!(tick(&sandbox, 43), "/a expired and deleted\n");
}

#[test]
fn one_bad_document_stops_no_other_policy() {
    if !has("faketime") {
        return;
    }
    let sandbox = Sandbox::new();
    for name in ["/a", "/b", "/c"] {
        put(&sandbox, name);
    }
    sandbox.write("params/b.yaml", sandbox.read("params/b.yaml").replace("kept", "evil"));
    let ticked = at(&sandbox, 6, &["tick"]);
    assert_eq!((ticked.code, ticked.stdout.lines().count()), (6, 2), "{ticked:?}");
    assert!(ticked.stdout.contains("/a has not changed") && ticked.stdout.contains("/c has not changed"), "{ticked:?}");
    assert!(ticked.stderr.contains("params/b.yaml"), "{ticked:?}");
}

#[test]
fn who_may_not_write_a_parameter_skips_it_and_sees_that_it_expired() {
    if !has("faketime") {
        return;
    }
    let (ana, bob) = team();
    put(&ana, "/prod/a");
    put(&ana, "/dev/a");
    commit(&ana);
    pull(&bob, &ana);
    assert_eq!(at(&bob, 6, &["tick", "--dry-run"]).stdout, "/dev/a has not changed for 5d\n");
    let get = at(&bob, 31, &["param", "get", "/prod/a"]);
    assert!(get.code == 3 && get.stderr.contains("expired at"), "{get:?}");
    assert_eq!(at(&bob, 31, &["param", "restore", "/prod/a"]).code, 7);
    tick(&ana, 31);
    commit(&ana);
    pull(&bob, &ana);
    let late = tick(&bob, 99);
    assert!(late.contains("/dev/a expired") && !late.contains("/prod/a"), "a purge is skipped as well: {late}");
}

#[test]
fn two_machines_that_fired_agree_after_a_merge() {
    if !has("faketime") {
        return;
    }
    let team = Team::new(2);
    let later = |clone: usize, day: u32, arguments: &[&str]| {
        let mut command = team.prepared(team.sandbox.command("faketime"), clone);
        command.args(["-f", &format!("+{day}d"), env!("CARGO_BIN_EXE_vault")]).args(arguments);
        outcome(command.output().unwrap())
    };
    let options = ["param", "put", "/a", "kept", "--type", "String", "--plaintext", "--tier", "advanced", "--commit"];
    team.ok(0, &[&options[..], &POLICIES].concat());
    team.git(0, &["push", "-q"]);
    team.git(1, &["pull", "-q"]);
    team.ok(0, &["git-setup"]);
    team.ok(1, &["git-setup"]);
    assert_eq!(later(0, 8, &["tick", "--commit"]).stdout, "/a has not changed for 5d\n");
    assert_eq!(later(1, 6, &["tick", "--commit"]).stdout, "/a has not changed for 5d\n");
    assert_eq!(later(1, 21, &["tick", "--commit"]).stdout, "/a expires in less than 10d\n");
    team.git(0, &["push", "-q"]);
    let synced = later(1, 22, &["sync"]);
    assert_eq!(synced.code, 0, "{synced:?}");
    team.git(0, &["pull", "-q"]);
    for clone in [0, 1] {
        let text = fs::read_to_string(team.document(clone, "params/a.yaml")).unwrap();
        let fired = text.split_once("\nfired:\n").unwrap().1.split_once("\nversions:").unwrap().0;
        assert_eq!(fired.lines().count(), 2, "{text}");
        assert_eq!(later(clone, 23, &["tick"]).stdout, "");
        assert_eq!(later(clone, 23, &["verify"]).code, 0);
    }
}

#[test]
fn a_tick_without_an_identity_delivers_events_all_the_same() {
    if !has("faketime") {
        return;
    }
    let sandbox = Sandbox::new();
    let told = sandbox.home().join("later/told.jsonl");
    fs::write(told.parent().unwrap(), "in the way").unwrap();
    let rule = ["events", "rules", "add", "r", "--pattern", "-", "--on", "ana", "--approve", "--file"];
    let added = sandbox.feed(&[&rule[..], &[told.to_str().unwrap()]].concat(), br#"{"source": ["aws.ssm"]}"#);
    assert_eq!(added.code, 0, "{added:?}");
    put(&sandbox, "/a");
    let end = Instant::now() + Duration::from_secs(60);
    while !sandbox.ok(&["status"]).contains("1 delivery of the rule r failed") {
        assert!(Instant::now() < end, "the first try did not fail");
        std::thread::sleep(Duration::from_millis(20));
    }
    fs::remove_file(told.parent().unwrap()).unwrap();
    fs::remove_file(sandbox.identity_file()).unwrap();
    let tick = at(&sandbox, 25, &["--no-input", "tick"]);
    assert_eq!(tick.code, 5, "{tick:?}");
    assert!(fs::read_to_string(told).unwrap().contains("\"/a\""));
}
