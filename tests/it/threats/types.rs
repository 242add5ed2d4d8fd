//! A writer who turns a SecureString into plain text, and waits for the next secret of somebody else.

use std::fs;

use super::identity;
use crate::project::{Outcome, Sandbox, body};
use crate::team::{clone, commit, is, pull, request};

const DOCUMENT: &str = "params/prod/pw.yaml";
const NEXT: &str = "Xk29-the-next-secret";

/// Ana, who wrote `/prod/pw`, and bob, who may write it too.
fn world() -> (Sandbox, Sandbox) {
    let ana = Sandbox::new();
    ana.put("/prod/pw", "first");
    let bob = clone(&ana);
    let (path, fingerprint) = request(&bob, "bob");
    let add = ["member", "add", &path, "--read", "default", "--write", "parameter:/prod", "--no-input"];
    ana.ok(&[&add[..], &["--fingerprint", &fingerprint]].concat());
    pull(&bob, &ana);
    bob.ok(&["verify"]);
    (ana, bob)
}

/// Ana's next secret, after she took over what bob did. Neither the vault nor git may have it in plain text.
fn put_next(ana: &Sandbox, bob: &Sandbox, options: &[&str]) -> Outcome {
    commit(bob);
    assert!(ana.command("git").args(["pull", "-q", "--ff-only"]).arg(bob.project()).status().unwrap().success());
    let put = [&["param", "put", "/prod/pw", "--stdin", "--overwrite"][..], options].concat();
    ana.feed(&put, NEXT.as_bytes())
}

fn is_refused(ana: &Sandbox, bob: &Sandbox) {
    is(&put_next(ana, bob, &[]), 7, "was a SecureString until `bob` changed it");
    assert!(!ana.read(DOCUMENT).contains(NEXT));
    let sealed = put_next(ana, bob, &["--type", "SecureString"]);
    assert!(sealed.code == 0 && !ana.read(DOCUMENT).contains(NEXT), "{sealed:?}");
}

/// Refused: a type alone does not drop the encryption.
#[test]
fn plain_text_needs_a_word_of_its_own() {
    let (_, bob) = world();
    let plain = ["param", "put", "/prod/pw", "guess", "--type", "String", "--overwrite"];
    let refused = bob.run(&plain);
    is(&refused, 7, "would not be encrypted");
    assert!(refused.stderr.contains("`vault param put /prod/pw --type String --plaintext --overwrite`"), "{refused:?}");
    bob.put("/prod/host", "h");
    bob.ok(&["param", "put", "/prod/plain", "guess", "--type", "String"]);
    is(&bob.run(&["param", "copy", "/prod/plain", "/prod/pw", "--overwrite"]), 7, "would not be encrypted");
    let allowed = bob.run(&[&plain[..], &["--plaintext"]].concat());
    assert!(allowed.code == 0 && allowed.stderr.contains("the new version is not encrypted"), "{allowed:?}");
    is(&bob.run(&["param", "put", "/prod/pw", "--generate", "--plaintext"]), 2, "--type");
}

/// Refused until the other one states a type.
#[test]
fn a_change_of_the_type_is_noticed_by_the_next_put() {
    let (ana, bob) = world();
    bob.ok(&["param", "put", "/prod/pw", "guess", "--type", "String", "--plaintext", "--overwrite"]);
    is_refused(&ana, &bob);
}

/// Refused: the document that is left says nothing of a SecureString, but git does.
#[test]
fn a_document_that_was_made_anew_or_rewritten_is_noticed_too() {
    let (ana, bob) = world();
    bob.ok(&["param", "rm", "/prod/pw", "--yes"]);
    bob.ok(&["param", "put", "/prod/pw", "guess", "--type", "String"]);
    is_refused(&ana, &bob);

    let (ana, bob) = world();
    let mut text = body(&bob.read(DOCUMENT)).to_owned();
    let value = text.split("value: \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let key_version = text.lines().find(|line| line.contains("key_version: ")).unwrap().to_owned();
    for (from, to) in [
        ("rev: 1", "rev: 2"),
        ("by: \"ana\"", "by: \"bob\""),
        ("type: \"SecureString\"", "type: \"String\""),
        ("key: \"default\"", "key: \"\""),
        (key_version.as_str(), "    key_version: \"\""),
        (value.as_str(), "guess"),
    ] {
        assert!(text.contains(from), "{from}: {text}");
        text = text.replace(from, to);
    }
    bob.write(DOCUMENT, bob.signed_by(&identity(&bob, "bob"), "bob", DOCUMENT, &text));
    assert_eq!(bob.ok(&["param", "get", "/prod/pw"]), "guess");
    is_refused(&ana, &bob);
}

/// Not asked again: one's own plain text, and plain text that never was anything else.
#[test]
fn plain_text_is_put_without_a_type_as_before() {
    let (ana, bob) = world();
    bob.ok(&["param", "put", "/prod/host", "a", "--type", "String"]);
    let stated = put_next(&ana, &bob, &["--type", "String", "--plaintext"]);
    assert_eq!(stated.code, 0, "{stated:?}");
    ana.ok(&["param", "put", "/prod/pw", "again", "--overwrite"]);
    ana.ok(&["param", "put", "/prod/host", "b", "--overwrite"]);
    fs::remove_dir_all(bob.project().join(".git")).unwrap();
    bob.ok(&["param", "put", "/prod/host", "c", "--overwrite"]);
}
