//! Secrets that are JSON: one field changes and the others stay, and no field is lost without a word.

use crate::import::is;
use crate::project::Sandbox;
use crate::terminal::Shell;

const VALUE: &str =
    "{\"user\": \"app\",\n \"password\": \"old\", \"port\": 5432, \"tls\": {\"cert\": \"c\", \"key\": \"k\"}}";

fn shop() -> Sandbox {
    let sandbox = Sandbox::new();
    is(&sandbox.feed(&["secret", "create", "db", "--file", "-"], VALUE.as_bytes()), 0, &[]);
    sandbox
}

fn value(sandbox: &Sandbox) -> String {
    sandbox.ok(&["secret", "get", "db"])
}

#[test]
fn one_field_is_put_and_the_others_keep_every_byte() {
    let sandbox = shop();
    is(&sandbox.feed(&["secret", "put", "db", "-k", "password", "--stdin"], b"n\"ew\n"), 0, &["db stored"]);
    assert_eq!(value(&sandbox), VALUE.replace("\"old\"", r#""n\"ew""#));
    is(&sandbox.feed(&["secret", "put", "db", "-k", "port", "--stdin"], b"6000"), 0, &[]);
    is(&sandbox.feed(&["secret", "update", "db", "-k", "/tls/key", "--stdin", "--description", "x"], b"k2"), 0, &[]);
    let expected = VALUE.replace("\"old\"", r#""n\"ew""#).replace("5432", "6000").replace("\"k\"", "\"k2\"");
    assert_eq!(value(&sandbox), expected);
    is(&sandbox.feed(&["secret", "put", "db", "-k", "new", "--stdin"], b"one"), 0, &[]);
    assert_eq!(value(&sandbox), expected.replace("}}", "},\"new\":\"one\"}"));
    is(&sandbox.feed(&["secret", "put", "db", "-k", "/tls/ca", "--stdin"], b"x"), 3, &["no key \"/tls/ca\""]);
    sandbox.ok(&["secret", "create", "plain", "--generate"]);
    is(&sandbox.feed(&["secret", "put", "plain", "-k", "a", "--stdin"], b"x"), 2, &["not a JSON object"]);
    sandbox.ok(&["secret", "create", "fresh", "--no-value"]);
    is(&sandbox.feed(&["secret", "put", "fresh", "-k", "a", "--stdin"], b"x"), 0, &[]);
    assert_eq!(sandbox.ok(&["secret", "get", "fresh"]), r#"{"a":"x"}"#);
    is(&sandbox.run(&["secret", "put", "db", "-k", "a"]), 10, &["a value for `a of db`", "--stdin"]);
}

#[test]
fn a_generated_field_keeps_the_others() {
    let sandbox = shop();
    let said = sandbox.run(&["secret", "put", "db", "--generate-into", "password", "--generate=12:digits"]);
    is(&said, 0, &["db stored"]);
    assert_eq!(said.stderr, "", "nothing was lost");
    let password = sandbox.ok(&["secret", "get", "db", "-k", "password"]);
    assert!(password.len() == 12 && password != "old", "{password}");
    assert_eq!(value(&sandbox), VALUE.replace("\"old\"", &format!("\"{password}\"")));
    let replaced = ["secret", "put", "db", "--generate-into", "password", "--template", r#"{"user":"web"}"#];
    is(
        &sandbox.run(&replaced),
        0,
        &["warning: the new value of `db` lacks 2 fields of the present one: `port` and `tls`"],
    );
    assert_eq!(sandbox.ok(&["secret", "get", "db", "-k", "user"]), "web");
}

#[test]
fn a_field_is_changed_only_in_the_version_that_was_read() {
    let sandbox = shop();
    let before = sandbox.ok(&["secret", "stage", "db", "--json"]);
    let id = before.split('"').find(|part| part.len() >= 32).unwrap();
    sandbox.ok(&["secret", "put", "db", "--generate-into", "password"]);
    let late = sandbox.feed(&["secret", "put", "db", "-k", "password", "--stdin", "--if-version-id", id], b"x");
    is(&late, 4, &["AWSCURRENT has moved"]);
}

#[test]
fn fields_that_a_new_value_lacks_are_named() {
    let sandbox = shop();
    let said = sandbox.feed(&["secret", "put", "db", "--stdin"], br#"{"user":"app","tls":{"cert":"c"}}"#);
    is(
        &said,
        0,
        &["warning: the new value of `db` lacks 3 fields of the present one: `password`, `port`, and `/tls/key`"],
    );
    is(&sandbox.feed(&["secret", "put", "db", "--stdin"], b"hunter2"), 0, &["lacks 2 fields", "`tls` and `user`"]);
    assert_eq!(sandbox.feed(&["secret", "put", "db", "--stdin"], b"{}").stderr, "", "there was no field");
}

#[test]
fn on_a_terminal_losing_a_field_is_a_question() {
    let sandbox = shop();
    let mut shell = Shell::start(&sandbox);
    let put = "echo '{\"user\":\"app\"}' | vault secret put db --stdin";
    shell.keys(&format!("{put}\n"));
    shell.expect("lacks 3 fields");
    shell.expect("Store it anyway?");
    shell.keys("n\n");
    assert!(shell.expect("ready> ").contains("nothing was changed"));
    assert_eq!(value(&sandbox), VALUE);
    let shown = shell.run(&format!("{put} --yes"));
    assert!(shown.contains("lacks 3 fields") && shown.contains("db stored"), "{shown}");
}

#[test]
fn an_edit_names_the_fields_that_are_gone() {
    let sandbox = shop();
    let edit = |script: &str, arguments: &[&str]| {
        let arguments = [&["secret", "edit", "db", "--allow-disk"], arguments].concat();
        sandbox.run_with(&arguments, &[("EDITOR", script)])
    };
    is(&edit("sed -i s/user/name/", &[]), 0, &["lacks 1 field of the present one: `user`"]);
    is(&edit("f() { echo text > \"$1\"; }; f", &[]), 10, &["a confirmation that the value need not be JSON"]);
    is(&edit("f() { echo text > \"$1\"; }; f", &["--yes"]), 0, &["lacks 4 fields", "db stored"]);
}
