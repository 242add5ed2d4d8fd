//! `vault secret`, whole commands: stdout, stderr and exit code.

use std::fs;
use std::io::{Read, Write};

use serde_json::{Value, json};

use crate::project::{Outcome, Sandbox};

const CANARY: &str = "c4n4ry-hunter2";

fn is(outcome: &Outcome, code: i32, part: &str) {
    assert_eq!(outcome.code, code, "{outcome:?}");
    assert!(outcome.stderr.contains(part), "{part:?} is missing in {outcome:?}");
    assert_eq!(outcome.stdout, "", "an error leaves stdout alone");
}

fn read_json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The id that a test gives to the version of that number.
fn token(number: u8) -> String {
    format!("{number:08}-0000-0000-0000-000000000000")
}

/// Stores a value under a token, with more options.
fn store(sandbox: &Sandbox, verb: &str, name: &str, number: u8, more: &[&str]) -> Outcome {
    let token = token(number);
    let arguments = [&["secret", verb, name, "--stdin", "--token", &token], more].concat();
    let outcome = sandbox.feed(&arguments, format!("value {number}").as_bytes());
    assert_eq!(outcome.code, 0, "{outcome:?}");
    outcome
}

fn create(sandbox: &Sandbox, name: &str, value: &[u8]) {
    let outcome = sandbox.feed(&["secret", "create", name, "--stdin"], value);
    assert_eq!(outcome.code, 0, "{outcome:?}");
}

/// Number and stages of each version, the oldest first.
fn stages(sandbox: &Sandbox, name: &str) -> Vec<(u8, Vec<String>)> {
    let report = read_json(&sandbox.ok(&["--json", "secret", "versions", name, "--all"]));
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let version = |version: &Value| {
        (version["VersionId"].as_str().unwrap()[..8].parse().unwrap(), texts(&version["VersionStages"]))
    };
    report["Versions"].as_array().unwrap().iter().map(version).collect()
}

fn expected(versions: &[(u8, &[&str])]) -> Vec<(u8, Vec<String>)> {
    versions
        .iter()
        .map(|(number, stages)| (*number, stages.iter().map(|stage| (*stage).to_owned()).collect()))
        .collect()
}

#[test]
fn the_daily_flow() {
    let sandbox = Sandbox::new();
    let made =
        sandbox.feed(&["secret", "create", "prod/db", "--stdin", "--tag", "team=x", "-d", "of the shop"], b"one\n");
    assert!(made.stderr.contains("the final newline was dropped"), "{made:?}");
    assert!(
        made.stdout.starts_with("prod/db created: version ")
            && made.stdout.contains("staged AWSCURRENT, under key default")
    );
    assert_eq!(sandbox.ok(&["secret", "get", "prod/db"]), "one");
    assert_eq!(sandbox.feed(&["s", "put", "prod/db", "--stdin"], b"two").code, 0);
    assert_eq!(sandbox.ok(&["s", "get", "prod/db"]), "two");
    assert_eq!(sandbox.ok(&["s", "get", "prod/db", "--stage", "AWSPREVIOUS"]), "one");
    assert_eq!(sandbox.ok(&["secret", "ls"]), "prod/db\n");
    let shown = sandbox.ok(&["secret", "show", "prod/db"]);
    assert!(shown.contains("of the shop") && shown.contains("team=x") && shown.contains("AWSPREVIOUS"), "{shown}");
    sandbox.ok(&["secret", "update", "prod/db", "--description", "of the other shop"]);
    let shown = read_json(&sandbox.ok(&["--json", "secret", "show", "prod/db"]));
    assert_eq!(shown["Description"], "of the other shop");
    assert_eq!(shown["Tags"], json!([{ "Key": "team", "Value": "x" }]));
    assert_eq!(shown["KmsKeyId"], "default");
    assert_eq!(shown.get("RotationEnabled"), None, "never configured");
    assert_eq!(shown["VersionIdsToStages"].as_object().unwrap().len(), 2);
    sandbox.ok(&["verify"]);
}

#[test]
fn a_rotation_by_hand_moves_stages_as_recorded() {
    let sandbox = Sandbox::new();
    let stage = |from: u8, to: u8| {
        let (from, to) = (token(from), token(to));
        sandbox.ok(&["secret", "stage", "db", "AWSCURRENT", "--from", &from[..8], "--to", &to])
    };
    store(&sandbox, "create", "db", 1, &[]);
    store(&sandbox, "put", "db", 2, &["--stage", "AWSPENDING"]);
    assert_eq!(stages(&sandbox, "db"), expected(&[(1, &["AWSCURRENT"]), (2, &["AWSPENDING"])]));
    assert_eq!(stage(1, 2), format!("db AWSCURRENT on version {}\n", token(2)));
    assert_eq!(stages(&sandbox, "db"), expected(&[(1, &["AWSPREVIOUS"]), (2, &["AWSCURRENT", "AWSPENDING"])]));
    store(&sandbox, "put", "db", 3, &["--stage", "AWSPENDING"]);
    assert_eq!(stages(&sandbox, "db"), expected(&[(1, &["AWSPREVIOUS"]), (2, &["AWSCURRENT"]), (3, &["AWSPENDING"])]));
    stage(2, 3);
    assert_eq!(
        stages(&sandbox, "db"),
        expected(&[(1, &[]), (2, &["AWSPREVIOUS"]), (3, &["AWSCURRENT", "AWSPENDING"])])
    );
    let staged = read_json(&sandbox.ok(&["--json", "secret", "versions", "db"]));
    assert_eq!(staged["Versions"].as_array().unwrap().len(), 2, "the deprecated one needs --all");
    assert_eq!(sandbox.ok(&["secret", "get", "db", "--version-id", &token(1)]), "value 1", "and can still be read");
    store(&sandbox, "put", "db", 4, &[]);
    assert_eq!(
        stages(&sandbox, "db"),
        expected(&[(1, &[]), (2, &[]), (3, &["AWSPREVIOUS"]), (4, &["AWSCURRENT"])]),
        "AWSPENDING vanishes from what was current"
    );
}

#[test]
fn a_pending_value_keeps_a_stage_whatever_is_put_or_staged() {
    let sandbox = Sandbox::new();
    store(&sandbox, "create", "db", 1, &[]);
    store(&sandbox, "put", "db", 2, &["--stage", "AWSPENDING"]);
    store(&sandbox, "put", "db", 3, &[]);
    let kept = [(1, &["AWSPREVIOUS"][..]), (2, &["AWSPENDING"]), (3, &["AWSCURRENT"])];
    assert_eq!(stages(&sandbox, "db"), expected(&kept));
    store(&sandbox, "put", "db", 4, &["--stage", "AWSPENDING"]);
    sandbox.ok(&["secret", "stage", "db", "AWSPENDING", "--from", &token(4)]);
    let kept = [(1, &["AWSPREVIOUS"][..]), (2, &["ABORTED-2"]), (3, &["AWSCURRENT"]), (4, &["ABORTED"])];
    assert_eq!(stages(&sandbox, "db"), expected(&kept));
    assert_eq!(sandbox.ok(&["secret", "get", "db", "--stage", "ABORTED-2"]), "value 2");
}

#[test]
fn custom_stages_move_as_recorded() {
    let sandbox = Sandbox::new();
    store(&sandbox, "create", "db", 1, &[]);
    store(&sandbox, "put", "db", 2, &["--stage", "AWSCURRENT", "--stage", "PUT0"]);
    store(&sandbox, "put", "db", 3, &["--stage", "AWSPENDING", "--stage", "PUT1"]);
    sandbox.ok(&["secret", "stage", "db", "AWSCURRENT", "--from", &token(2), "--to", &token(3)]);
    let after = [(1, &[][..]), (2, &["AWSPREVIOUS", "PUT0"][..]), (3, &["AWSCURRENT", "AWSPENDING", "PUT1"])];
    assert_eq!(stages(&sandbox, "db"), expected(&after));
    is(&sandbox.run(&["secret", "stage", "db", "PUT0", "--to", &token(3)]), 4, &format!("--from {}", token(2)));
    is(&sandbox.run(&["secret", "stage", "db", "AWSCURRENT", "--from", &token(3)]), 7, "not removed");
    is(&sandbox.run(&["secret", "stage", "db", "PUT0"]), 2, "--to");
    is(&sandbox.run(&["secret", "stage", "db", "NEW", "--to", "0000000"]), 2, "8 to 64 characters");
    is(&sandbox.run(&["secret", "stage", "db", "NEW", "--to", "99999999"]), 3, "no version whose id begins with");
    assert_eq!(
        sandbox.ok(&["secret", "stage", "db", "PUT0", "--from", &token(2)]),
        format!("db PUT0 removed from version {}\n", token(2))
    );
    let listed = sandbox.ok(&["secret", "stage", "db"]);
    assert!(listed.starts_with("STAGE") && listed.contains("PUT1") && !listed.contains("PUT0"), "{listed}");
}

#[test]
fn a_token_stores_one_value_once() {
    let sandbox = Sandbox::new();
    let token = token(1);
    for verb in ["create", "put", "update"] {
        let arguments = ["secret", verb, "db", "--stdin", "--token", &token];
        let first = sandbox.feed(&arguments, CANARY.as_bytes());
        assert_eq!(first.code, 0, "{verb}: {first:?}");
        let document = sandbox.everything();
        let again = sandbox.feed(&arguments, CANARY.as_bytes());
        assert_eq!((again.code, again.stdout.contains(&token)), (0, true), "{verb}: {again:?}");
        assert!(again.stderr.contains("nothing was changed"), "{verb}: {again:?}");
        assert_eq!(sandbox.everything(), document, "{verb}");
        let other = sandbox.feed(&arguments, b"another value");
        is(&other, 4, "already in use");
        assert!(!other.stderr.contains(CANARY));
    }
    is(&sandbox.feed(&["secret", "create", "db", "--stdin"], b"x"), 4, "already exists");
    is(&sandbox.feed(&["secret", "put", "db", "--stdin", "--token", "short"], b"x"), 2, "32 to 64");
}

#[test]
fn a_put_can_depend_on_what_is_current() {
    let sandbox = Sandbox::new();
    store(&sandbox, "create", "db", 1, &[]);
    store(&sandbox, "put", "db", 2, &["--if-version-id", &token(1)]);
    let late = sandbox.feed(&["secret", "put", "db", "--stdin", "--if-version-id", &token(1)[..8]], b"late");
    is(&late, 4, "has moved away");
    assert_eq!(sandbox.ok(&["secret", "get", "db"]), "value 2");
}

#[test]
fn nothing_but_get_shows_a_value() {
    let sandbox = Sandbox::new();
    let json = format!(r#"{{"password":"{CANARY}","user":"app"}}"#);
    create(&sandbox, "prod/db", json.as_bytes());
    sandbox.feed(&["secret", "put", "prod/db", "--stdin"], format!("{CANARY} again").as_bytes());
    for arguments in [
        &["secret", "show", "prod/db"][..],
        &["--json", "secret", "show", "prod/db"],
        &["secret", "ls"],
        &["secret", "ls", "--long"],
        &["--json", "secret", "ls", "--long"],
        &["secret", "versions", "prod/db", "--all"],
        &["--json", "secret", "versions", "prod/db", "--all"],
        &["secret", "stage", "prod/db"],
        &["-v", "secret", "tag", "prod/db", "a=b"],
        &["secret", "get", "prod/db", "--json-key", "password"],
        &["secret", "get", "prod/db", "--stage", "NONE"],
        &["secret", "create", "prod/db", CANARY],
        &["secret", "put", "prod/db", CANARY],
        &["secret", "put", "prod/db", CANARY, CANARY],
        &["secret", "put", "prod/db", &format!("-{CANARY}")],
        &["secret", "update", "prod/db", CANARY, "--description", "x"],
        &["secret", "rm", "--yes", "prod/db"],
        &["secret", "get", "prod/db"],
    ] {
        let outcome = sandbox.run(arguments);
        assert!(!outcome.stdout.contains(CANARY) && !outcome.stderr.contains(CANARY), "{arguments:?}: {outcome:?}");
    }
}

#[test]
fn a_value_on_the_command_line_is_refused() {
    let sandbox = Sandbox::new();
    for arguments in [&["secret", "create", "db", "canary"][..], &["secret", "put", "db", "canary"]] {
        let refused = sandbox.run(arguments);
        is(&refused, 2, "`--stdin`, `--file FILE` or `--generate`");
        assert!(!refused.stderr.contains("--type"), "there is no other type: {refused:?}");
    }
    assert_eq!(sandbox.ok(&["secret", "ls"]), "");
}

#[test]
fn deletion_waits_and_can_be_taken_back() {
    let sandbox = Sandbox::new();
    create(&sandbox, "prod/db", b"one");
    is(&sandbox.run(&["secret", "rm", "prod/db", "--no-input"]), 10, "--yes");
    for window in ["6", "31"] {
        is(&sandbox.run(&["secret", "rm", "--yes", "--window", window, "prod/db"]), 2, "must be 7 to 30 days");
    }
    let marked = sandbox.ok(&["secret", "rm", "--yes", "--window", "7", "prod/db"]);
    assert!(marked.starts_with("prod/db marked for deletion after 2"), "{marked}");
    is(&sandbox.run(&["secret", "get", "prod/db"]), 4, "vault secret restore prod/db");
    is(&sandbox.feed(&["secret", "put", "prod/db", "--stdin"], b"x"), 4, "marked for deletion");
    is(&sandbox.run(&["secret", "tag", "prod/db", "a=b"]), 4, "marked for deletion");
    is(&sandbox.run(&["secret", "rm", "--yes", "prod/db"]), 4, "marked for deletion");
    assert_eq!(sandbox.ok(&["secret", "ls"]), "");
    assert_eq!(sandbox.ok(&["secret", "ls", "--filter", "name=prod"]), "");
    assert_eq!(sandbox.ok(&["secret", "ls", "--include-deleted"]), "prod/db\n");
    assert!(sandbox.ok(&["secret", "ls", "--include-deleted", "--long"]).contains("deletion on 2"));
    assert!(read_json(&sandbox.ok(&["--json", "secret", "show", "prod/db"]))["DeletedDate"].is_string());
    assert_eq!(sandbox.ok(&["secret", "restore", "prod/db"]), "prod/db restored\n");
    assert_eq!(sandbox.ok(&["secret", "get", "prod/db"]), "one");
    let again = sandbox.run(&["secret", "restore", "prod/db"]);
    assert_eq!((again.code, again.stderr.contains("is not marked")), (0, true), "{again:?}");
    is(&sandbox.run(&["secret", "restore", "prod/db2"]), 3, "did you mean `prod/db`?");
}

#[test]
fn a_forced_deletion_is_at_once_and_may_be_repeated() {
    let sandbox = Sandbox::new();
    create(&sandbox, "db", b"one");
    sandbox.ok(&["secret", "rm", "--yes", "db"]);
    assert_eq!(sandbox.ok(&["secret", "rm", "--yes", "--force", "db"]), "db deleted\n", "also when it is marked");
    is(&sandbox.run(&["secret", "get", "db"]), 3, "no secret `db`");
    is(&sandbox.run(&["secret", "rm", "--yes", "db"]), 3, "no secret `db`");
    let again = sandbox.run(&["secret", "rm", "--yes", "--force", "db"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, ""), "{again:?}");
    assert!(again.stderr.contains("there was no secret `db`"));
    create(&sandbox, "db", b"two");
    assert_eq!(sandbox.ok(&["secret", "get", "db"]), "two");
    sandbox.ok(&["verify"]);
}

#[test]
fn of_several_names_those_that_are_there_go() {
    let sandbox = Sandbox::new();
    create(&sandbox, "a", b"one");
    let some = sandbox.run(&["--json", "secret", "rm", "--yes", "a", "b", "a"]);
    assert_eq!(some.code, 3, "{some:?}");
    let report = read_json(&some.stdout);
    assert_eq!((&report["DeletedSecrets"][0]["Name"], &report["InvalidSecrets"]), (&json!("a"), &json!(["b"])));
}

#[test]
fn a_name_that_is_marked_is_created_only_on_purpose() {
    let sandbox = Sandbox::new();
    create(&sandbox, "db", b"one");
    sandbox.ok(&["secret", "rm", "--yes", "db"]);
    let refused = sandbox.feed(&["secret", "create", "db", "--stdin"], b"two");
    is(&refused, 4, "--replace");
    assert!(refused.stderr.contains("vault secret restore db"));
    assert_eq!(sandbox.feed(&["secret", "create", "db", "--stdin", "--replace"], b"two").code, 0);
    assert_eq!(sandbox.ok(&["secret", "get", "db"]), "two");
    assert_eq!(sandbox.run(&["secret", "get", "db", "--stage", "AWSPREVIOUS"]).code, 3, "it is another secret");
    is(&sandbox.feed(&["secret", "create", "db", "--stdin", "--replace"], b"three"), 4, "already exists");
}

#[test]
fn every_byte_comes_back_from_a_binary_secret() {
    let sandbox = Sandbox::new();
    let all: Vec<u8> = (0..=255).collect();
    for (name, bytes) in [("all", all.clone()), ("line", b"one\n".to_vec())] {
        let made = sandbox.feed(&["secret", "create", name, "--stdin", "--binary"], &bytes);
        assert_eq!(made.code, 0, "{made:?}");
        let got = sandbox.program().args(["secret", "get", name]).output().unwrap();
        assert_eq!(got.stdout, bytes, "no newline is dropped or added");
    }
    let batch = read_json(&sandbox.ok(&["--json", "secret", "get", "all"]));
    let value = &batch["SecretValues"][0];
    let expected = data_encoding::BASE64.encode(&all);
    assert_eq!((value["SecretBinary"].as_str(), value.get("SecretString")), (Some(expected.as_str()), None));
    is(&sandbox.feed(&["secret", "create", "text", "--stdin"], &all), 2, "NUL");
    let edited = sandbox.run_with(&["secret", "edit", "all"], &[("EDITOR", "true")]);
    is(&edited, 2, "is binary");
}

#[test]
fn members_of_a_json_value_are_read_by_key_or_pointer() {
    let sandbox = Sandbox::new();
    create(&sandbox, "db", br#"{"password":"hunter2","port":5432,"hosts":["a","b"]}"#);
    let get = |key: &str| sandbox.ok(&["secret", "get", "db", "--json-key", key]);
    assert_eq!((get("password"), get("port"), get("/hosts/1")), ("hunter2".into(), "5432".into(), "b".into()));
    is(&sandbox.run(&["secret", "get", "db", "--json-key", "nope"]), 3, "no key \"nope\"");
    create(&sandbox, "plain", b"hunter2");
    is(&sandbox.run(&["secret", "get", "plain", "--json-key", "x"]), 2, "not a JSON object");
}

#[test]
fn a_generated_member_joins_the_template() {
    let sandbox = Sandbox::new();
    let template = r#"{"username":"app","port":1}"#;
    let arguments =
        ["secret", "create", "db", "--generate=20:digits", "--generate-into", "password", "--template", template];
    let made = sandbox.ok(&arguments);
    let value = read_json(&sandbox.ok(&["secret", "get", "db"]));
    let password = value["password"].as_str().unwrap();
    assert!(password.len() == 20 && password.bytes().all(|byte| byte.is_ascii_digit()) && !made.contains(password));
    assert_eq!((&value["username"], &value["port"]), (&json!("app"), &json!(1)));
    is(
        &sandbox.run(&["secret", "put", "db", "--generate-into", "username", "--template", template]),
        2,
        "already has that key",
    );
    is(&sandbox.run(&["secret", "put", "db", "--generate-into", "x", "--template", "[]"]), 2, "a JSON object");
}

#[test]
fn a_batch_tells_what_is_missing_and_what_may_not_be_read() {
    let sandbox = Sandbox::new();
    create(&sandbox, "a", b"one");
    create(&sandbox, "b", b"two");
    create(&sandbox, "gone", b"three");
    sandbox.ok(&["secret", "create", "empty", "--no-value"]);
    sandbox.ok(&["secret", "rm", "--yes", "gone"]);
    assert_eq!(sandbox.ok(&["secret", "get", "a", "b"]), "a\tone\nb\ttwo\n");
    let batch = sandbox.run(&["--json", "secret", "get", "a", "nope", "gone", "empty"]);
    assert_eq!(batch.code, 3, "{batch:?}");
    assert_eq!(read_json(&batch.stderr)["error"]["code"], "not-found");
    let report = read_json(&batch.stdout);
    let value = &report["SecretValues"][0];
    assert_eq!((&value["Name"], &value["SecretString"]), (&json!("a"), &json!("one")));
    assert_eq!(value["VersionStages"], json!(["AWSCURRENT"]));
    let errors: Vec<_> =
        report["Errors"].as_array().unwrap().iter().map(|error| (&error["SecretId"], &error["ErrorCode"])).collect();
    let (missing, refused) = (json!("ResourceNotFoundException"), json!("InvalidRequestException"));
    let names = [json!("nope"), json!("gone"), json!("empty")];
    assert_eq!(errors, [(&names[0], &missing), (&names[1], &refused), (&names[2], &missing)]);
    assert_eq!(sandbox.run(&["secret", "get", "a", "gone"]).code, 4, "refused, not missing");
    assert_eq!(sandbox.ok(&["secret", "get", "--filter", "name=a,b,gone,empty"]), "a\tone\nb\ttwo\n");
}

#[test]
fn filters_and_orders_of_a_listing() {
    let sandbox = Sandbox::new();
    create(&sandbox, "test/db", b"one");
    create(&sandbox, "prod/db", b"one");
    sandbox.ok(&[
        "secret",
        "create",
        "prod/api-key",
        "--generate",
        "--tag",
        "Team=payments",
        "-d",
        "Master key of the gate",
    ]);
    let ls = |more: &[&str]| sandbox.ok(&[&["secret", "ls"], more].concat());
    assert_eq!(ls(&[]), "prod/api-key\nprod/db\ntest/db\n");
    assert_eq!(ls(&["prod/"]), "prod/api-key\nprod/db\n");
    assert_eq!(ls(&["--desc"]), "test/db\nprod/db\nprod/api-key\n");
    assert_eq!(ls(&["--filter", "name=!prod/"]), "test/db\n");
    assert_eq!(ls(&["--filter", "name=Prod"]), "");
    assert_eq!(ls(&["--filter", "tag-key=Te", "--filter", "description=GATE mast"]), "prod/api-key\n");
    assert_eq!(ls(&["--filter", "all=db"]), "prod/db\ntest/db\n");
    is(&sandbox.run(&["secret", "ls", "--filter", "owner=x"]), 2, "tag-value");
    assert_eq!(ls(&["--sort", "last-changed-date"]).lines().count(), 3);
    let long = read_json(&sandbox.ok(&["--json", "secret", "ls", "--long", "test/"]));
    let listed = &long["SecretList"][0];
    assert_eq!(listed["Name"], "test/db");
    assert!(listed["SecretVersionsToStages"].is_object() && listed.get("VersionIdsToStages").is_none());
}

#[test]
fn an_editor_makes_a_version_only_of_a_change() {
    let sandbox = Sandbox::new();
    create(&sandbox, "db", br#"{"user":"old"}"#);
    let edit = |editor: &str, more: &[&str]| {
        sandbox.run_with(&[&["secret", "edit", "db", "--allow-disk"], more].concat(), &[("EDITOR", editor)])
    };
    let before = sandbox.everything();
    let same = edit("true", &[]);
    assert_eq!((same.code, same.stdout.as_str()), (0, ""));
    assert!(same.stderr.contains("not changed"));
    assert_eq!(edit("false", &[]).code, 1);
    is(&edit("sed -i s/}//", &["--no-input"]), 10, "--yes");
    assert_eq!(sandbox.everything(), before);
    assert_eq!(edit("sed -i s/old/new/", &[]).code, 0);
    assert_eq!(sandbox.ok(&["secret", "get", "db"]), r#"{"user":"new"}"#);
    assert_eq!(sandbox.ok(&["secret", "get", "db", "--stage", "AWSPREVIOUS"]), r#"{"user":"old"}"#);
    assert_eq!(edit("sed -i s/}//", &["--yes"]).code, 0);
    is(&edit("truncate -s 0", &["--yes"]), 2, "empty");
}

#[test]
fn a_value_has_at_most_65536_bytes() {
    let sandbox = Sandbox::new();
    let fits = vec![b'x'; 65_536];
    create(&sandbox, "db", &fits);
    assert_eq!(sandbox.ok(&["secret", "get", "db"]).len(), 65_536);
    is(&sandbox.feed(&["secret", "put", "db", "--stdin"], &vec![b'x'; 65_537]), 2, "longer than 65536 bytes");
    let file = sandbox.home().join("large");
    fs::write(&file, vec![0; 65_537]).unwrap();
    let large = ["secret", "put", "db", "--binary", "--file", file.to_str().unwrap()];
    is(&sandbox.run(&large), 2, "longer than 65536 bytes");
}

#[test]
fn names_and_inputs_that_cannot_be_meant_are_refused() {
    let sandbox = Sandbox::new();
    let long = "x".repeat(513);
    for bad in ["", "a b", "a:b", "ä", "a*", &long] {
        assert_eq!(sandbox.run(&["secret", "create", bad, "--generate"]).code, 2, "{bad:?}");
        assert_eq!(sandbox.run(&["secret", "get", bad]).code, 2, "{bad:?}");
    }
    for value in [&b""[..], b"\n", b"****", b"[REDACTED]", b"a\0b", b"\xff"] {
        assert_eq!(sandbox.feed(&["secret", "create", "db", "--stdin"], value).code, 2, "{value:?}");
    }
    is(&sandbox.run(&["secret", "create", "db", "--no-input"]), 10, "a value for `db` is needed");
    is(&sandbox.run(&["secret", "put", "db", "--no-input"]), 3, "no secret `db`");
    is(&sandbox.run(&["secret", "update", "db"]), 2, "nothing to change");
    is(&sandbox.run(&["secret", "create", "db", "--generate", "--tag", "aws:x=1"]), 2, "reserved");
    assert_eq!(sandbox.ok(&["secret", "ls"]), "");
}

#[test]
fn a_secret_without_a_value_gets_its_first_as_current() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.ok(&["secret", "create", "db", "--no-value"]), "db created\n");
    let shown = read_json(&sandbox.ok(&["--json", "secret", "show", "db"]));
    assert_eq!((shown.get("VersionIdsToStages"), &shown["KmsKeyId"]), (None, &json!("default")));
    is(&sandbox.run(&["secret", "get", "db"]), 3, "no version is staged AWSCURRENT");
    assert!(sandbox.ok(&["secret", "ls", "--long"]).contains("no value"));
    store(&sandbox, "put", "db", 1, &["--stage", "MINE"]);
    assert_eq!(stages(&sandbox, "db"), expected(&[(1, &["AWSCURRENT", "MINE"])]));
}

#[test]
fn an_update_is_one_write() {
    let sandbox = Sandbox::new();
    create(&sandbox, "db", b"one");
    let long = "x".repeat(2049);
    is(&sandbox.feed(&["secret", "update", "db", "--stdin", "--description", &long], b"two"), 2, "2048");
    assert_eq!(sandbox.ok(&["secret", "get", "db"]), "one", "neither half was done");
    let both = sandbox.feed(&["secret", "update", "db", "--stdin", "--description", "new"], b"two");
    assert!(both.code == 0 && both.stdout.starts_with("db updated: version "), "{both:?}");
    assert_eq!(sandbox.ok(&["secret", "get", "db"]), "two");
    assert_eq!(sandbox.ok(&["secret", "update", "db", "--description", ""]), "db updated\n");
    assert_eq!(read_json(&sandbox.ok(&["--json", "secret", "show", "db"])).get("Description"), None);
}

#[test]
fn tags_are_set_and_removed_in_one_go() {
    let sandbox = Sandbox::new();
    create(&sandbox, "db", b"one");
    sandbox.ok(&["secret", "tag", "db", "a=1", "b=2"]);
    let tags = read_json(&sandbox.ok(&["--json", "secret", "tag", "db", "c=3", "--remove", "a"]));
    let expected = json!([{ "Key": "b", "Value": "2" }, { "Key": "c", "Value": "3" }]);
    assert_eq!(tags["Tags"], expected);
    is(&sandbox.run(&["secret", "tag", "db", "x"]), 2, "key=value");
    is(&sandbox.run(&["secret", "tag", "db", "x=1", "x=2"]), 2, "given twice");
    is(&sandbox.run(&["secret", "create", "new", "--generate", "--tag", "x=1", "--tag", "x=2"]), 2, "given twice");
    assert_eq!(read_json(&sandbox.ok(&["--json", "secret", "tag", "db"]))["Tags"], expected);
}

#[test]
fn random_passwords_keep_to_their_options() {
    let sandbox = Sandbox::new();
    let random = |more: &[&str]| sandbox.ok(&[&["secret", "random"], more].concat());
    let all = random(&[]);
    assert_eq!(all.len(), 32);
    for kind in [u8::is_ascii_lowercase, u8::is_ascii_uppercase, u8::is_ascii_digit, u8::is_ascii_punctuation] {
        assert!(all.bytes().any(|byte| kind(&byte)), "each kind appears");
    }
    let digits = random(&[
        "--length",
        "500",
        "--exclude-punctuation",
        "--exclude-uppercase",
        "--exclude-lowercase",
        "--exclude-characters",
        "01",
    ]);
    assert!(digits.len() == 500 && digits.bytes().all(|byte| (b'2'..=b'9').contains(&byte)), "{digits}");
    assert_eq!(read_json(&random(&["--json", "-l", "9"]))["RandomPassword"].as_str().unwrap().len(), 9);
    is(&sandbox.run(&["secret", "random", "--length", "3"]), 2, "too few");
    assert_eq!(random(&["--length", "1", "--no-require-each-included-type"]).len(), 1);
    is(&sandbox.run(&["secret", "random", "--length", "4097"]), 2, "1 to 4096");
}

#[test]
fn resource_policies_are_kept_and_checked() {
    let sandbox = Sandbox::new();
    create(&sandbox, "db", b"one");
    let none = sandbox.run(&["secret", "policy", "get", "db"]);
    assert_eq!((none.code, none.stdout.as_str()), (0, ""));
    let open = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"secretsmanager:*","Resource":"*"}]}"#;
    let put = |text: &str, more: &[&str]| {
        sandbox.feed(&[&["secret", "policy", "put", "db", "--stdin"], more].concat(), text.as_bytes())
    };
    is(&put("{", &[]), 2, "it is not valid JSON");
    is(&put("[]", &[]), 2, "it is not a JSON object");
    is(&put(r#"{"Statement":{"Effect":"Allow"}}"#, &[]), 2, "needs a Principal");
    is(&put(open, &["--block-public"]), 7, "grants access to everybody");
    assert_eq!(put(open, &[]).code, 0);
    assert_eq!(sandbox.ok(&["secret", "policy", "get", "db"]), open);
    assert_eq!(sandbox.ok(&["secret", "policy", "check", "db"]), "the policy is valid\n");
    let checked = sandbox.run(&["--json", "secret", "policy", "check", "db", "--block-public"]);
    assert_eq!(checked.code, 8, "{checked:?}");
    let report = read_json(&checked.stdout);
    assert_eq!(
        (&report["PolicyValidationPassed"], &report["ValidationErrors"][0]["CheckName"]),
        (&json!(false), &json!("PUBLIC_POLICY"))
    );
    sandbox.ok(&["secret", "policy", "rm", "db"]);
    assert_eq!(sandbox.ok(&["secret", "policy", "get", "db"]), "");
    is(&sandbox.run(&["secret", "policy", "check", "db"]), 2, "--file FILE");
}

#[test]
fn a_dry_run_changes_nothing() {
    let sandbox = Sandbox::new();
    store(&sandbox, "create", "db", 1, &[]);
    store(&sandbox, "put", "db", 2, &["--stage", "X"]);
    create(&sandbox, "gone", b"x");
    sandbox.ok(&["secret", "rm", "--yes", "gone"]);
    sandbox.ok(&["verify"]);
    let before = sandbox.everything();
    let (one, two) = (token(1), token(2));
    for arguments in [
        &["secret", "create", "new", "--generate"][..],
        &["secret", "put", "db", "--generate"],
        &["secret", "update", "db", "--description", "x", "--generate"],
        &["secret", "stage", "db", "AWSCURRENT", "--from", &one, "--to", &two],
        &["secret", "rm", "db"],
        &["secret", "rm", "db", "--force"],
        &["secret", "restore", "gone"],
        &["secret", "tag", "db", "a=b"],
    ] {
        let said = sandbox.ok(&[&["--dry-run"], arguments].concat());
        assert!(said.contains("would be") || said.contains("KEY"), "{arguments:?}: {said}");
        assert_eq!(sandbox.everything(), before, "{arguments:?}");
    }
}

/// Runs a command on a terminal, waits for a text, types, and returns the exit code with all that was shown.
fn at_terminal(sandbox: &Sandbox, arguments: &[&str], wait_for: &str, typed: &str) -> (Option<i32>, String) {
    let (mut pty, terminal) = pty_process::blocking::open().unwrap();
    let command = pty_process::blocking::Command::new(env!("CARGO_BIN_EXE_vault"));
    let command = command.args(arguments).current_dir(sandbox.project()).env_clear().env("HOME", sandbox.home());
    let mut child = command.spawn(terminal).unwrap();
    let (mut shown, mut buffer, mut typed) = (String::new(), [0; 4096], Some(typed));
    // The end of a terminal whose other side is closed is an error on Linux.
    while let Ok(length @ 1..) = pty.read(&mut buffer) {
        shown.push_str(&String::from_utf8_lossy(&buffer[..length]));
        if shown.contains(wait_for)
            && let Some(keys) = typed.take()
        {
            pty.write_all(keys.as_bytes()).unwrap();
        }
    }
    (child.wait().unwrap().code(), shown)
}

#[test]
fn at_a_terminal_a_marked_name_is_restored_or_replaced_as_one_likes() {
    let sandbox = Sandbox::new();
    create(&sandbox, "db", b"one");
    let arguments = ["--color", "never", "secret", "create", "db", "--generate=8:digits"];
    let mark = || sandbox.ok(&["secret", "rm", "--yes", "db"]);
    mark();
    // Enter alone takes the last of three ways out.
    let (code, shown) = at_terminal(&sandbox, &arguments, "leave it", "\r");
    assert_eq!(code, Some(1), "{shown}");
    assert_eq!(sandbox.run(&["secret", "get", "db"]).code, 4, "still marked");
    let (code, shown) = at_terminal(&sandbox, &arguments, "leave it", "\x1b[A\x1b[A\r");
    assert_eq!((code, shown.contains("db restored")), (Some(0), true), "{shown}");
    assert_eq!(sandbox.ok(&["secret", "get", "db"]), "one");
    mark();
    let (code, shown) = at_terminal(&sandbox, &arguments, "leave it", "\x1b[A\r");
    assert_eq!((code, shown.contains("db created")), (Some(0), true), "{shown}");
    assert_eq!(sandbox.ok(&["secret", "get", "db"]).len(), 8);
}

#[test]
fn names_are_completed_without_an_identity() {
    let sandbox = Sandbox::new();
    create(&sandbox, "prod/db", b"one");
    create(&sandbox, "test/db", b"one");
    fs::remove_file(sandbox.identity_file()).unwrap();
    let mut shell = sandbox.program();
    shell.env("VLT_COMPLETE", "fish").args(["--", "vault", "secret", "get", "pr"]);
    let completed = crate::project::outcome(shell.output().unwrap());
    assert_eq!(completed.stdout.trim_end(), "prod/db", "{completed:?}");
}
