//! One document that cannot be trusted hides no other: what looks at many does the rest, names the one, and fails at its end.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::project::{Outcome, Sandbox, body};
use crate::team::{json, pull, team};

const PASSWORD: &str = "params/app/password.yaml";
const HOST: &str = "params/app/host.yaml";
const DB: &str = "secrets/app/db.yaml";
const KEY: &str = "keys/default.yaml";

/// Values that the recovery key knows and should not know any more, under two keys, and one that is not encrypted.
fn vault() -> Sandbox {
    let sandbox = Sandbox::new();
    for name in ["/app/password", "/app/token", "/other/password"] {
        sandbox.put(name, "canary");
        sandbox.put(name, "canary again");
    }
    sandbox.ok(&["param", "put", "/app/host", "localhost", "--type", "String"]);
    for name in ["app/db", "app/cache", "other/db"] {
        assert_eq!(sandbox.feed(&["secret", "create", name, "--stdin"], b"canary").code, 0);
    }
    sandbox.ok(&["key", "create", "other", "--scope", "parameter:/other", "--scope", "secret:other"]);
    sandbox
}

fn reveal_to_a_former_reader(sandbox: &Sandbox) {
    for key in ["default", "other"] {
        sandbox.ok(&["key", "revoke", key, "recovery", "--yes"]);
    }
}

/// What was not signed.
fn forge(sandbox: &Sandbox, rel: &str) {
    let forged = sandbox.read(rel).replacen("modified: \"2", "modified: \"3", 1);
    assert_ne!(forged, sandbox.read(rel));
    sandbox.write(rel, forged);
}

/// The next revision of a document, with some text replaced, as its writer might sign it.
fn revise(sandbox: &Sandbox, rel: &str, from: &str, to: &str) {
    let text = sandbox.read(rel);
    let rev: u64 = text.split_once("\nrev: ").unwrap().1.split_once('\n').unwrap().0.parse().unwrap();
    let next = body(&text).replacen(&format!("\nrev: {rev}\n"), &format!("\nrev: {}\n", rev + 1), 1);
    let revised = next.replacen(from, to, 1);
    assert_ne!(revised, next, "{from} is not in {next}");
    sandbox.write(rel, sandbox.signed(rel, &revised));
}

/// Exit 6, and stderr names the document, the reason and what to type.
fn names(outcome: &Outcome, rel: &str, reason: &str) {
    assert_eq!(outcome.code, 6, "{outcome:?}");
    for part in ["error: ", rel, reason, "hint: "] {
        assert!(outcome.stderr.contains(part), "{part} is missing in {outcome:?}");
    }
}

fn texts(report: &Value, list: &str, member: &str) -> Vec<String> {
    let text = |it: &Value| if member.is_empty() { it.clone() } else { it[member].clone() };
    let list = report[list].as_array().cloned().unwrap_or_default();
    list.iter().map(|it| text(it).as_str().unwrap().to_owned()).collect()
}

const EXPOSED: [&str; 6] = ["/app/password", "/app/token", "/other/password", "app/cache", "app/db", "other/db"];

/// Plays one refused document: everything else must be listed, and `status` must count it.
fn the_rest_is_listed(sandbox: &Sandbox, rel: &str, reason: &str, hidden: &[&str]) {
    let listed = sandbox.run(&["list", "--must-rotate"]);
    names(&listed, rel, reason);
    let report = sandbox.run(&["--json", "list", "--must-rotate"]);
    assert_eq!(report.code, 6, "{report:?}");
    let report = json(&report.stdout);
    let rest: Vec<&str> = EXPOSED.into_iter().filter(|name| !hidden.contains(name)).collect();
    assert_eq!(texts(&report, "MustRotate", "Name"), rest, "{reason}");
    assert_eq!(texts(&report, "RefusedDocuments", "Path"), [rel], "{reason}");
    for name in &rest {
        assert!(listed.stdout.contains(name), "{listed:?}");
    }
    let status = sandbox.run(&["status", "--check"]);
    assert_eq!(status.code, 8, "{status:?}");
    let count = format!("{} values must be replaced", rest.len());
    for part in [count.as_str(), rel, reason] {
        assert!(status.stdout.contains(part), "{part} is missing in {status:?}");
    }
}

#[test]
fn one_refused_document_hides_no_other_value_that_must_be_replaced() {
    let sandbox = vault();
    let old = sandbox.read(PASSWORD);
    reveal_to_a_former_reader(&sandbox);
    sandbox.put("/app/token", "canary for fewer");
    let report = json(&sandbox.ok(&["--json", "list", "--must-rotate"]));
    let exposed = texts(&report, "MustRotate", "Name");
    assert!(!exposed.contains(&"/app/token".to_owned()) && report.get("RefusedDocuments").is_none(), "{report}");
    let (password, db, host, key) = (sandbox.read(PASSWORD), sandbox.read(DB), sandbox.read(HOST), sandbox.read(KEY));
    let token: &[&str] = &["/app/token"];
    let signature = "invalid signature";

    forge(&sandbox, PASSWORD);
    the_rest_is_listed(&sandbox, PASSWORD, signature, &[token, &["/app/password"]].concat());
    sandbox.write(PASSWORD, &old);
    sandbox.write(PASSWORD, sandbox.read("params/app/token.yaml"));
    the_rest_is_listed(&sandbox, PASSWORD, signature, &[token, &["/app/password"]].concat());
    fs::remove_file(sandbox.document(PASSWORD)).unwrap();
    symlink("token.yaml", sandbox.document(PASSWORD)).unwrap();
    the_rest_is_listed(&sandbox, PASSWORD, "it is not a regular file", &[token, &["/app/password"]].concat());
    fs::remove_file(sandbox.document(PASSWORD)).unwrap();
    sandbox.write(PASSWORD, vec![b'#'; 17 << 20]);
    the_rest_is_listed(&sandbox, PASSWORD, "it is larger than", &[token, &["/app/password"]].concat());
    sandbox.write(PASSWORD, &password);

    forge(&sandbox, DB);
    the_rest_is_listed(&sandbox, DB, signature, &[token, &["app/db"]].concat());
    sandbox.write(DB, &db);
    forge(&sandbox, HOST);
    the_rest_is_listed(&sandbox, HOST, signature, token);
    sandbox.write(HOST, &host);
    forge(&sandbox, KEY);
    // The trust chain says which versions of the key are known, so its values are listed all the same.
    the_rest_is_listed(&sandbox, KEY, signature, token);
    fs::remove_file(sandbox.document(KEY)).unwrap();
    let listed = sandbox.run(&["list", "--must-rotate"]);
    assert!(
        listed.code != 0 && listed.stdout.contains("other/db") && listed.stderr.contains("`default`"),
        "{listed:?}"
    );
    sandbox.write(KEY, &key);
    assert_eq!(json(&sandbox.ok(&["--json", "list", "--must-rotate"]))["MustRotate"], report["MustRotate"]);
}

#[test]
fn a_rollback_hides_no_other_value_that_must_be_replaced() {
    let sandbox = vault();
    reveal_to_a_former_reader(&sandbox);
    let old = sandbox.read(PASSWORD);
    sandbox.ok(&["param", "tag", "/app/password", "owner=ana"]);
    sandbox.write(PASSWORD, old);
    the_rest_is_listed(&sandbox, PASSWORD, "was rolled back", &["/app/password"]);
}

/// Everything is due: two parameters and a secret to delete, two secrets to rotate under each key.
fn due() -> Sandbox {
    let sandbox = vault();
    for name in ["/app/password", "/app/token"] {
        let arguments =
            ["param", "put", name, "--stdin", "--overwrite", "--tier", "advanced", "--expires", "2099-01-01"];
        assert_eq!(sandbox.feed(&arguments, b"canary").code, 0);
    }
    sandbox.ok(&["param", "put", "/app/host", "x", "--overwrite", "--tier", "advanced", "--expires", "2099-01-01"]);
    for rel in [PASSWORD, HOST, "params/app/token.yaml"] {
        revise(&sandbox, rel, "2099-01-01", "2020-01-01");
    }
    for name in ["app/db", "app/cache", "other/db"] {
        sandbox.ok(&["rotate", "configure", name, "--strategy", "random", "--every", "30d"]);
        let text = sandbox.read(&format!("secrets/{name}.yaml"));
        let since = text.lines().find(|line| line.starts_with("  since: ")).unwrap();
        revise(&sandbox, &format!("secrets/{name}.yaml"), since, "  since: \"2020-01-01T00:00:00Z\"");
    }
    for name in ["gone/one", "gone/two"] {
        assert_eq!(sandbox.feed(&["secret", "create", name, "--stdin"], b"canary").code, 0);
        sandbox.ok(&["secret", "rm", name, "--window", "7", "--yes"]);
        let text = sandbox.read(&format!("secrets/{name}.yaml"));
        let due = text.lines().find(|line| line.starts_with("delete_after: ")).unwrap();
        revise(&sandbox, &format!("secrets/{name}.yaml"), due, "delete_after: \"2020-01-01T00:00:00Z\"");
    }
    sandbox
}

const EXPIRED: [&str; 3] = ["/app/host", "/app/password", "/app/token"];
const PURGED: [&str; 2] = ["gone/one", "gone/two"];
const ROTATED: [&str; 3] = ["app/cache", "app/db", "other/db"];

/// Ticks with one refused document: everything else is done, once.
fn the_rest_is_done(rel: &str, spoil: fn(&Sandbox, &str), reason: &str, hidden: &[&str]) -> Sandbox {
    let sandbox = due();
    spoil(&sandbox, rel);
    let tick = sandbox.run(&["--json", "tick"]);
    assert_eq!(tick.code, 6, "{rel}: {tick:?}");
    let report = json(&tick.stdout);
    let rest = |names: &[&str]| -> Vec<String> {
        names.iter().filter(|name| !hidden.contains(name)).map(ToString::to_string).collect()
    };
    assert_eq!(texts(&report, "Fired", "Name"), rest(&EXPIRED), "{report}");
    assert_eq!(texts(&report, "Purged", ""), rest(&PURGED), "{report}");
    assert_eq!(texts(&report, "Rotated", "Name"), rest(&ROTATED), "{report}");
    let said = format!("{}{}", tick.stdout, tick.stderr);
    assert!(said.contains(rel) && said.contains(reason), "{tick:?}");
    sandbox
}

#[test]
fn a_tick_does_the_rest_and_names_the_document_that_it_refuses() {
    let signature = "invalid signature";
    let sandbox = the_rest_is_done(PASSWORD, forge, signature, &["/app/password"]);
    let again = sandbox.run(&["tick"]);
    assert_eq!(again.stdout, "", "everything else is done");
    names(&again, PASSWORD, signature);
    the_rest_is_done(HOST, forge, signature, &["/app/host"]);
    the_rest_is_done(DB, forge, signature, &["app/db"]);
    the_rest_is_done("secrets/gone/one.yaml", forge, signature, &["gone/one"]);
    let garble = |sandbox: &Sandbox, rel: &str| sandbox.write(rel, "<<<<<<< ours\n");
    the_rest_is_done(HOST, garble, "no signature line", &["/app/host"]);
    the_rest_is_done(DB, garble, "no signature line", &["app/db"]);
    let link = |sandbox: &Sandbox, rel: &str| {
        fs::remove_file(sandbox.document(rel)).unwrap();
        symlink("/dev/null", sandbox.document(rel)).unwrap();
    };
    the_rest_is_done(DB, link, "not a regular file", &["app/db"]);
}

#[test]
fn a_tick_with_a_key_that_it_refuses_still_does_what_needs_another_or_none() {
    let sandbox = the_rest_is_done(KEY, forge, "invalid signature", &["app/db", "app/cache"]);
    assert!(!sandbox.read(DB).contains("AWSPENDING"), "no rotation begins that could not store its value");
    assert_eq!(sandbox.run(&["tick"]).code, 6, "what could not be rotated is still due");
}

#[test]
fn a_tick_that_is_only_tried_names_the_same() {
    let sandbox = due();
    forge(&sandbox, HOST);
    sandbox.run(&["list", "--must-rotate"]);
    let before = sandbox.everything();
    let tried = sandbox.run(&["--json", "--dry-run", "tick"]);
    let report = json(&tried.stdout);
    assert_eq!(texts(&report, "Fired", "Name"), ["/app/password", "/app/token"], "{tried:?}");
    assert_eq!(texts(&report, "Planned", ""), ROTATED, "{tried:?}");
    assert_eq!(texts(&report, "RefusedDocuments", "Path"), [HOST]);
    assert_eq!((tried.code, sandbox.everything() == before), (6, true));
}

#[test]
fn a_tick_of_a_member_who_may_not_write_everything_does_what_they_may() {
    let (ana, bob) = team();
    for name in ["/prod/db", "/dev/db"] {
        let arguments =
            ["param", "put", name, "--stdin", "--overwrite", "--tier", "advanced", "--expires", "2099-01-01"];
        assert_eq!(ana.feed(&arguments, b"second").code, 0);
        let rel = format!("params{name}.yaml");
        revise(&ana, &rel, "2099-01-01", "2020-01-01");
    }
    pull(&bob, &ana);
    let tick = bob.run(&["--json", "tick"]);
    let report = json(&tick.stdout);
    assert_eq!((tick.code, texts(&report, "Fired", "Name")), (0, vec!["/dev/db".to_owned()]), "{tick:?}");
    assert_eq!(texts(&report, "Failed", "Name"), [""; 0], "who may write the other one records it");
}

/// Listings: each shows the rest on stdout and fails.
#[test]
fn listings_show_the_rest_and_name_the_document_that_they_refuse() {
    let sandbox = due();
    forge(&sandbox, DB);
    forge(&sandbox, HOST);
    forge(&sandbox, "secrets/gone/one.yaml");
    let signature = "invalid signature";
    for (arguments, shown, refused) in [
        (&["secret", "ls"][..], "app/cache\napp/db\ngone/one\nother/db\n", "secrets/gone/one.yaml"),
        (&["secret", "ls", "--long"], "app/cache", DB),
        (&["param", "ls", "--long", "--recursive"], "/other/password", HOST),
        (&["rotate", "status"], "app/cache", DB),
        (&["rotate", "hooks", "list"], "app/cache", DB),
    ] {
        let listed = sandbox.run(arguments);
        assert!(listed.stdout.contains(shown), "{arguments:?}: {listed:?}");
        names(&listed, refused, signature);
    }
    let status = sandbox.run(&["status"]);
    for part in ["app/cache is due for rotation", "other/db is due for rotation", DB, HOST, "secrets/gone/one.yaml"] {
        assert!(status.stdout.contains(part), "{part} is missing in {status:?}");
    }
    let run = sandbox.run(&["--json", "rotate", "run", "--due"]);
    assert_eq!(run.code, 6, "{run:?}");
    assert_eq!(texts(&json(&run.stdout), "Rotated", "Name"), ["app/cache", "other/db"]);
    for given in [&["param", "get", "--path", "/app", "-r"][..], &["exec", "/app", "--", "env"]] {
        assert!(!sandbox.run(given).stdout.contains("canary"), "what gives values out gives all or none");
    }
}

/// The file name of a long name is a digest: only the document says the name.
#[test]
fn a_long_name_that_cannot_be_trusted_hides_no_other_name() {
    let sandbox = Sandbox::new();
    let long = "x".repeat(300);
    sandbox.put("/app/short", "one");
    assert_eq!(sandbox.feed(&["secret", "create", &long, "--stdin"], b"canary").code, 0);
    assert_eq!(sandbox.feed(&["secret", "create", "short", "--stdin"], b"canary").code, 0);
    let file = fs::read_dir(sandbox.document("secrets")).unwrap().map(|entry| entry.unwrap().file_name());
    let file = file.map(|name| name.into_string().unwrap()).find(|name| name != "short.yaml").unwrap();
    let rel = format!("secrets/{file}");
    forge(&sandbox, &rel);
    let listed = sandbox.run(&["secret", "ls"]);
    assert_eq!(listed.stdout, "short\n", "{listed:?}");
    names(&listed, &rel, "invalid signature");
    assert_eq!(sandbox.run(&["status"]).code, 0);
}

#[test]
fn a_step_has_a_second_at_least_wherever_it_is_limited() {
    let sandbox = Sandbox::new();
    for arguments in [
        &["tick", "--timeout", "0"][..],
        &["rotate", "run", "a", "--timeout", "0"],
        &["rotate", "test", "a", "--timeout", "0"],
        &["rotate", "hooks", "check", "builtin:random", "--timeout", "0"],
        &["tick", "--timeout", "86401"],
    ] {
        let refused = sandbox.run(arguments);
        assert!(refused.code == 2 && refused.stderr.contains("1..=86400"), "{arguments:?}: {refused:?}");
    }
}
