//! Parameters that have expired: they are gone for every command, and what takes their place is a parameter of its own.

use std::fs;

use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::crowd::while_it_waited;
use crate::git::Team;
use crate::project::{Outcome, Sandbox, body};

const FUTURE: &str = "2099-01-01T00:00:00Z";
const PAST: &str = "2020-01-01T00:00:00Z";

/// The document of a parameter as it is when its expiration has come: one revision later, and signed.
fn expired(sandbox: &Sandbox, rel: &str, text: &str) -> Vec<u8> {
    let rev = text.lines().find_map(|line| line.strip_prefix("rev: ")).unwrap();
    let next = format!("\nrev: {}\n", rev.parse::<u64>().unwrap() + 1);
    let text = text.replace(&format!("\nrev: {rev}\n"), &next).replace(FUTURE, PAST);
    sandbox.signed(rel, body(&text))
}

/// The document of an expired parameter, in which it has been recorded for years that it expired.
fn long_expired(sandbox: &Sandbox, rel: &str, text: &str) -> Vec<u8> {
    let policy = format!(r#"{{"Type":"Expiration","Version":"1.0","Attributes":{{"Timestamp":"{PAST}"}}}}"#);
    let digits = &HEXLOWER.encode(&Sha256::digest(policy))[..16];
    let uid = text.rsplit_once("uid: \"").unwrap().1.split_once('"').unwrap().0;
    let fired = format!("\nfired:\n  - \"{digits} {uid} {PAST}\"\n");
    expired(sandbox, rel, &text.replace("\nfired: []\n", &fired))
}

/// A plain parameter with two versions that has expired.
pub(crate) fn put_expired(sandbox: &Sandbox, name: &str) {
    let put = ["param", "put", name, "first", "--type", "String"];
    sandbox.ok(&[&put[..], &["--description", "old", "--tag", "team=a", "--label", "live"]].concat());
    sandbox.ok(&["param", "put", name, "second", "--overwrite", "--tier", "advanced", "--expires", FUTURE]);
    let rel = format!("params{name}.yaml");
    sandbox.write(&rel, expired(sandbox, &rel, &sandbox.read(&rel)));
    is_gone(&sandbox.run(&["param", "get", name]));
}

fn is_gone(run: &Outcome) {
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.contains("expired at 2020-01-01"), "{run:?}");
}

fn shown(sandbox: &Sandbox, name: &str) -> Value {
    serde_json::from_str(&sandbox.ok(&["--json", "param", "show", name])).unwrap()
}

/// The only version of a parameter of its own, which no `tick` takes away.
fn is_new(sandbox: &Sandbox, name: &str, value: &str) {
    assert_eq!(sandbox.ok(&["tick"]), "");
    assert_eq!(sandbox.ok(&["param", "get", name]), value);
    let shown = shown(sandbox, name);
    assert_eq!(shown["Version"], 1, "{shown}");
    assert_eq!(shown["Policies"], serde_json::json!([]), "{shown}");
    assert_eq!(shown["Description"], Value::Null, "{shown}");
    sandbox.ok(&["verify"]);
}

#[test]
fn a_put_on_an_expired_parameter_is_a_new_one() {
    for more in [&[][..], &["--overwrite"], &["--if-version", "0"]] {
        let sandbox = Sandbox::new();
        put_expired(&sandbox, "/a");
        let put = sandbox.run(&[&["param", "put", "/a", "new", "--type", "String"][..], more].concat());
        assert_eq!((put.code, put.stdout.as_str()), (0, "/a version 1 (String)\n"), "{put:?}");
        assert!(put.stderr.contains("`/a` expired at 2020-01-01T00:00:00Z; this is a new parameter"), "{put:?}");
        is_new(&sandbox, "/a", "new");
        assert_eq!(shown(&sandbox, "/a")["Tags"], serde_json::json!({}));
    }
    let sandbox = Sandbox::new();
    put_expired(&sandbox, "/a");
    assert_eq!(sandbox.run(&["param", "put", "/a", "new", "--type", "String", "--if-version", "2"]).code, 4);
}

#[test]
fn the_other_spelling_of_an_expired_name_takes_its_place_too() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["param", "put", "a", "old", "--type", "String", "--expires", FUTURE]);
    let rel = "params/%/a.yaml";
    sandbox.write(rel, expired(&sandbox, rel, &sandbox.read(rel)));
    sandbox.ok(&["param", "put", "/a", "new", "--type", "String"]);
    assert_eq!((sandbox.ok(&["param", "get", "a"]), sandbox.ok(&["param", "get", "/a"])), ("new".into(), "new".into()));
}

#[test]
fn no_command_reads_or_changes_an_expired_parameter() {
    let sandbox = Sandbox::new();
    put_expired(&sandbox, "/a");
    let before = sandbox.read("params/a.yaml");
    for command in [
        "param get /a:1",
        "param get /a:live",
        "param show /a",
        "param history /a",
        "param diff /a:1",
        "param rollback /a:1",
        "param tag /a team=b",
        "param tag /a --remove team",
        "param tag /a",
        "param copy /a /b",
        "param move /a /b",
        "label add /a stable",
        "label move /a live --to 2",
        "label rm /a live",
        "label ls /a",
    ] {
        is_gone(&sandbox.run(&command.split(' ').collect::<Vec<_>>()));
    }
    is_gone(&sandbox.run_with(&["param", "edit", "/a", "--allow-disk"], &[("EDITOR", "true")]));
    assert_eq!(sandbox.ok(&["param", "ls", "--long"]), "");
    assert_eq!(sandbox.read("params/a.yaml"), before);
    assert_eq!(sandbox.ok(&["param", "rm", "--yes", "/a"]), "/a deleted\n", "what is left of it can be deleted");
}

#[test]
fn what_is_copied_moved_or_imported_onto_an_expired_parameter_takes_its_place() {
    let sandbox = Sandbox::new();
    put_expired(&sandbox, "/a");
    sandbox.ok(&["param", "put", "/b", "new", "--type", "String", "--tag", "team=b"]);
    sandbox.ok(&["param", "copy", "/b", "/a"]);
    is_new(&sandbox, "/a", "new");
    assert_eq!(shown(&sandbox, "/a")["Tags"]["team"], "b");

    put_expired(&sandbox, "/c");
    sandbox.ok(&["param", "move", "/b", "/c"]);
    is_new(&sandbox, "/c", "new");

    put_expired(&sandbox, "/d");
    fs::write(sandbox.project().join("d.env"), "d=new\n").unwrap();
    sandbox.ok(&["import", "d.env", "--path", "/", "--yes", "--verify"]);
    is_new(&sandbox, "/d", "new");
}

#[test]
fn an_expiration_in_the_past_is_refused_by_every_way() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["param", "put", "/a", "old", "--type", "String", "--expires", FUTURE]);
    fs::write(sandbox.project().join("none.json"), "[]").unwrap();
    sandbox.ok(&["param", "put", "/a", "new", "--overwrite", "--policies", "none.json"]);
    let policy = format!(r#"[{{"Type":"Expiration","Version":"1.0","Attributes":{{"Timestamp":"{PAST}"}}}}]"#);
    fs::write(sandbox.project().join("policy.json"), &policy).unwrap();
    // The first version has expired; the second, which counts, has no policies.
    let text = sandbox.read("params/a.yaml");
    sandbox.write("params/a.yaml", expired(&sandbox, "params/a.yaml", &text));
    let before = sandbox.read("params/a.yaml");
    let put = ["param", "put", "/a", "x", "--overwrite"];
    let element = format!(
        r#"{{"Parameters":[{{"Name":"/b","Type":"String","Value":"x","Version":1,"Tier":"Advanced","Policies":[{{"PolicyText":{policy}}}]}}]}}"#,
        policy = serde_json::to_string(&policy[1..policy.len() - 1]).unwrap()
    );
    fs::write(sandbox.project().join("aws.json"), element).unwrap();
    for (command, code) in [
        ([&put[..], &["--expires", "2020-01-01"]].concat(), 2),
        ([&put[..], &["--policies", "policy.json"]].concat(), 2),
        (vec!["param", "rollback", "/a:1"], 2),
        (vec!["param", "copy", "/a:1", "/b"], 2),
        (vec!["import", "aws.json", "--yes"], 7),
    ] {
        let refused = sandbox.run(&command);
        assert_eq!(refused.code, code, "{command:?}: {refused:?}");
        let said = format!("{}{}", refused.stdout, refused.stderr);
        assert!(said.contains("the expiration 2020-01-01T00:00:00Z is not in the future"), "{command:?}: {refused:?}");
    }
    assert_eq!(sandbox.read("params/a.yaml"), before);
    assert_eq!(sandbox.run(&["param", "get", "/b"]).code, 3);
}

#[test]
fn a_history_is_imported_although_an_older_version_would_have_expired() {
    let sandbox = Sandbox::new();
    let version = |number: u8, value: &str, at: &str| {
        let policy = format!(r#"{{"Type":"Expiration","Version":"1.0","Attributes":{{"Timestamp":"{at}"}}}}"#);
        serde_json::json!({"Name": "/a", "Type": "String", "Value": value, "Version": number, "Tier": "Advanced",
            "Policies": [{"PolicyText": policy}]})
    };
    let history = serde_json::json!({"Parameters": [version(1, "one", PAST), version(2, "two", FUTURE)]});
    fs::write(sandbox.project().join("aws.json"), history.to_string()).unwrap();
    sandbox.ok(&["import", "aws.json", "--yes", "--verify"]);
    assert_eq!(
        (sandbox.ok(&["param", "get", "/a"]), sandbox.ok(&["param", "get", "/a:1"])),
        ("two".into(), "one".into())
    );
}

#[test]
fn a_tick_deletes_no_value_that_was_put_while_it_waited() {
    let sandbox = Sandbox::new();
    put_expired(&sandbox, "/a");
    let rel = "params/a.yaml";
    sandbox.write(rel, long_expired(&sandbox, rel, &sandbox.read(rel)));
    let old = sandbox.read(rel);
    sandbox.ok(&["param", "put", "/a", "new", "--type", "String"]);
    let new = sandbox.read("params/a.yaml");
    let tick = while_it_waited(&sandbox, &["tick"], "params/a.yaml", &old, &new);
    assert_eq!((tick.code, tick.stdout.as_str()), (0, ""), "{tick:?}");
    assert_eq!(sandbox.ok(&["param", "get", "/a"]), "new");
}

#[test]
fn a_put_on_an_expired_parameter_meets_a_tick_on_another_branch() {
    let team = Team::new(2);
    team.ok(0, &["param", "put", "/a", "old", "--type", "String", "--expires", FUTURE]);
    let text = fs::read_to_string(team.document(0, "params/a.yaml")).unwrap();
    fs::write(team.document(0, "params/a.yaml"), long_expired(&team.sandbox, "params/a.yaml", &text)).unwrap();
    team.git(0, &["add", "-A"]);
    team.git(0, &["commit", "-qm", "It expires"]);
    team.git(0, &["push", "-q"]);
    team.git(1, &["pull", "-q"]);
    for clone in [0, 1] {
        team.ok(clone, &["git-setup"]);
    }
    assert_eq!(team.ok(0, &["tick", "--commit"]), "/a expired and deleted\n");
    team.put(1, "/a", "new");
    team.git(0, &["push", "-q"]);
    team.ok(1, &["sync"]);
    team.git(0, &["pull", "-q"]);
    for clone in [0, 1] {
        assert_eq!(team.values(clone, "/a"), [(1, "new".to_owned())]);
        assert_eq!(team.ok(clone, &["param", "ls", "/"]), "/a\n/shared\n");
        team.ok(clone, &["verify"]);
    }
}
