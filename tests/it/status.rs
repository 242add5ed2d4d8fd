//! `vault status`: everything that needs a person, by urgency; what nobody has to act on fails no check.

use std::fs;

use serde_json::Value;

use crate::project::{Outcome, Sandbox, has, outcome};

fn status(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A command as the clock will show it in so many days.
fn later(sandbox: &Sandbox, days: u32, arguments: &[&str]) -> Outcome {
    let mut command = sandbox.command("faketime");
    command.args(["-f", &format!("+{days}d"), env!("CARGO_BIN_EXE_vault")]).args(arguments);
    outcome(command.output().unwrap())
}

fn messages<'a>(status: &'a Value, urgency: &str) -> Vec<&'a str> {
    let items = status["Items"].as_array().unwrap().iter().filter(|item| item["Urgency"] == urgency);
    items.map(|item| item["Message"].as_str().unwrap()).collect()
}

#[test]
fn what_needs_a_person_is_grouped_by_urgency_and_one_bad_document_hides_nothing() {
    if !has("faketime") {
        return;
    }
    let sandbox = Sandbox::empty();
    sandbox.ok(&["init", "--no-input", "--plaintext-identity", "--no-recovery-key"]);
    sandbox.put("/bad", "one");
    sandbox.ok(&["secret", "create", "prod/token", "--generate"]);
    sandbox.ok(&["rotate", "configure", "prod/token", "--strategy", "random", "--every", "30d"]);
    sandbox.write("params/bad.yaml", sandbox.read("params/bad.yaml").replace("/bad", "/bat"));
    let run = later(&sandbox, 40, &["--json", "status", "--check"]);
    assert_eq!(run.code, 8, "{run:?}");
    let report = status(&run.stdout);
    let now = messages(&report, "now");
    assert!(now.iter().any(|it| it.contains("params/bad.yaml")), "{report}");
    assert!(now.contains(&"prod/token is due for rotation: `vault rotate run --due`"), "{report}");
    assert!(messages(&report, "soon")[0].contains("only one admin"), "{report}");
    let due = report["Items"].as_array().unwrap().iter().find(|it| it["Command"] == "vault rotate run --due");
    assert!(due.is_some(), "{report}");
    let all = report["Attention"].as_array().unwrap();
    assert_eq!(all.len(), now.len() + messages(&report, "soon").len(), "{report}");
    let text = later(&sandbox, 40, &["status"]).stdout;
    let at = |line: &str| text.lines().position(|it| it == line).unwrap_or_else(|| panic!("{line}: {text}"));
    assert!(at("now") < at("  - prod/token is due for rotation: `vault rotate run --due`"), "{text}");
    assert!(at("  - prod/token is due for rotation: `vault rotate run --due`") < at("soon"), "{text}");
}

#[test]
fn a_secret_that_nobody_reads_is_said_once_the_log_is_old_enough() {
    if !has("faketime") {
        return;
    }
    let sandbox = Sandbox::new();
    for name in ["prod/read", "prod/forgotten"] {
        sandbox.ok(&["secret", "create", name, "--generate"]);
    }
    let forgotten = "nobody has read the secret prod/forgotten for 90 days";
    let known = |days| later(&sandbox, days, &["status", "--check"]);
    assert_eq!(later(&sandbox, 80, &["secret", "get", "prod/read"]).code, 0);
    assert!(!known(89).stdout.contains("nobody has read"), "the log is too young to know");
    let old = known(100);
    assert!(old.code == 0 && old.stdout.contains(forgotten) && !old.stdout.contains("prod/read"), "{old:?}");
    assert!(old.stdout.contains("to know\n"), "{old:?}");
}

#[test]
fn who_still_has_the_previous_value_is_named_until_it_is_started_again() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["secret", "create", "prod/db", "--generate"]);
    let serve: &[&str] = &["exec", "prod/db", "--", "true"];
    sandbox.ok(serve);
    assert!(!sandbox.ok(&["status"]).contains("AWSPREVIOUS"));
    sandbox.ok(&["secret", "put", "prod/db", "--generate"]);
    // A command that printed the value once is no program that still has it.
    sandbox.ok(&["secret", "get", "prod/db", "--stage", "AWSPREVIOUS"]);
    let shown = sandbox.ok(&["status"]);
    assert!(shown.contains("`true` on ") && shown.contains("last got AWSPREVIOUS of prod/db"), "{shown}");
    assert_eq!(shown.matches("AWSPREVIOUS").count(), 1, "{shown}");
    assert_eq!(sandbox.run(&["status", "--check"]).code, 0, "nobody has to act on it");
    assert!(sandbox.ok(&["consumers", "prod/db"]).contains("(AWSPREVIOUS)"));
    sandbox.ok(serve);
    assert!(!sandbox.ok(&["status"]).contains("AWSPREVIOUS"));
}

#[test]
fn who_asks_for_a_value_all_day_is_pointed_to_exec() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/key", "one");
    sandbox.ok(&["param", "get", "/app/key"]);
    let frequent = "/app/key was read ";
    assert!(!sandbox.ok(&["status"]).contains(frequent));
    let log = sandbox.home().join(".local/state/vault").join(sandbox.vault_id()).join("audit/own/log.jsonl");
    let text = fs::read_to_string(&log).unwrap();
    let read = text.lines().find(|line| line.contains("\"param get\"")).unwrap();
    fs::write(&log, text.clone() + &format!("{read}\n").repeat(120)).unwrap();
    let shown = sandbox.ok(&["status"]);
    assert!(shown.contains("/app/key was read 121 times in a day by `vault param get`"), "{shown}");
    let consumers = sandbox.run(&["consumers", "/app"]);
    assert!(consumers.code == 0 && consumers.stderr.contains("`vault exec` and `vault render`"), "{consumers:?}");
}

#[test]
fn several_things_that_were_due_are_summed_up() {
    if !has("faketime") {
        return;
    }
    let sandbox = Sandbox::new();
    for name in ["a", "b", "bad"] {
        sandbox.ok(&["secret", "create", name, "--generate"]);
        sandbox.ok(&["rotate", "configure", name, "--strategy", "random", "--every", "30d"]);
    }
    sandbox.ok(&["secret", "create", "gone", "--generate"]);
    sandbox.ok(&["secret", "rm", "gone", "--window", "7", "--yes"]);
    sandbox.write("secrets/bad.yaml", sandbox.read("secrets/bad.yaml").replace("\"bad\"", "\"bat\""));
    let tick = later(&sandbox, 40, &["tick"]);
    let summary = "note: 3 done, 1 skipped, because a document cannot be trusted";
    assert!(tick.code == 6 && tick.stderr.contains(summary), "{tick:?}");
    let again = later(&sandbox, 40, &["tick"]);
    assert!(again.stdout.is_empty() && !again.stderr.contains(" done"), "{again:?}");
}

#[test]
fn what_ends_within_a_week_is_said_before_it_ends() {
    if !has("faketime") {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.ok(&["param", "put", "/app/token", "--generate", "--expires", "30d"]);
    sandbox.ok(&["secret", "create", "old", "--generate"]);
    sandbox.ok(&["secret", "rm", "old", "--window", "30", "--yes"]);
    sandbox.ok(&["secret", "create", "prod/token", "--generate"]);
    sandbox.ok(&["rotate", "configure", "prod/token", "--strategy", "random", "--every", "32d"]);
    assert_eq!(later(&sandbox, 10, &["status", "--check"]).code, 0, "nothing is near");
    let run = later(&sandbox, 28, &["--json", "status", "--check"]);
    let report = status(&run.stdout);
    let soon = messages(&report, "soon");
    assert!(run.code == 8 && soon.iter().any(|it| it.starts_with("/app/token expires at ")), "{report}");
    assert!(soon.iter().any(|it| it.contains("`vault secret restore old` brings it back")), "{report}");
    assert!(messages(&report, "know").iter().any(|it| it.starts_with("prod/token is rotated from ")), "{report}");
}
