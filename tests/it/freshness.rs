//! Documents that somebody takes back to an older state: no key is wrapped by what they say.

use std::fs;

use crate::branches::{add, admins};
use crate::project::Sandbox;
use crate::team::{clone, commit, git, is, json, pull};

const KEY: &str = "keys/default.yaml";

/// Ana and bob, both admins, and carol and dave, of whom only carol reads the key; with the document that says so.
fn readers() -> ([Sandbox; 3], String) {
    let (ana, bob) = admins();
    let (carol, dave) = (clone(&ana), clone(&ana));
    add(&ana, &carol, "carol", &["--write", "parameter:/dev"]);
    add(&ana, &dave, "dave", &[]);
    commit(&ana);
    git(&ana, &["branch", "before"]);
    ana.ok(&["key", "grant", "default", "carol"]);
    let granted = ana.read(KEY);
    pull(&bob, &ana);
    ([ana, bob, carol], granted)
}

/// A machine that has never seen the vault has the trust chain, and that says how old a key document may be.
#[test]
fn no_admin_on_a_new_machine_wraps_by_an_outdated_key_document() {
    let ([ana, ..], granted) = readers();
    let eve = clone(&ana);
    let (request, fingerprint) = crate::team::request(&eve, "eve");
    ana.ok(&["key", "revoke", "default", "carol", "--yes"]);
    let current = ana.read(KEY);
    let fresh = clone(&ana);
    fresh.write(KEY, &granted);
    commit(&fresh);
    let (id, identity) = (ana.vault_id(), ana.identity_file());
    let known = [("VLT_ID", id.as_str()), ("VLT_IDENTITY_FILE", identity.to_str().unwrap())];
    let join = ["member", "add", &request, "--read", "default", "--no-input", "--fingerprint", &fingerprint];
    let commands: [&[&str]; 7] = [
        &["key", "grant", "default", "dave"],
        &["key", "revoke", "default", "bob", "--yes"],
        &["key", "rotate", "default"],
        &["key", "rotate", "default", "--reencrypt"],
        &["key", "map", "default", "parameter:/new"],
        &["member", "rm", "bob", "--yes"],
        &join,
    ];
    for command in commands {
        // Each on a machine of its own.
        let _ = fs::remove_dir_all(fresh.home().join(".local/state/vault"));
        is(&fresh.run_with(command, &known), 7, "the document of the key `default` is out of date");
        assert_eq!(fresh.read(KEY), granted, "{command:?}");
    }
    let verified = fresh.run_with(&["verify"], &known);
    assert!(verified.code == 6 && format!("{verified:?}").contains("is out of date"), "{verified:?}");
    fresh.write(KEY, &current);
    assert_eq!(fresh.run_with(&["key", "grant", "default", "dave"], &known).code, 0);
    let shown = fresh.run_with(&["--json", "key", "show", "default"], &known);
    assert_eq!(json(&shown.stdout)["Readers"].to_string(), r#"["ana","recovery","bob","dave"]"#);
}

#[test]
fn an_outdated_key_document_is_not_accepted() {
    let ([ana, ..], granted) = readers();
    ana.ok(&["key", "revoke", "default", "carol", "--yes"]);
    ana.write(KEY, &granted);
    is(&ana.run(&["accept", "--key", "default", "--yes"]), 7, "is out of date: it ends at version 1");
    assert_eq!(ana.read(KEY), granted);
}
