//! What is taken on purpose, by `accept`, `adopt` and `trust accept`: only what its signer might write where it is, by who may
//! write it, and after it was said what changes.

use std::fs;

use crate::project::{Sandbox, body};
use crate::team::{clone, commit, git, is, json, pull, request, team};

const DEV: &str = "params/dev/db.yaml";
const PROD: &str = "params/prod/db.yaml";

/// Refused with this exit code, for this reason, and nothing is written anywhere.
fn untouched(sandbox: &Sandbox, arguments: &[&str], code: i32, reason: &str) {
    let before = sandbox.everything();
    is(&sandbox.run(arguments), code, reason);
    assert!(sandbox.everything() == before, "{arguments:?}: something was written");
}

/// A document of ana's as bob signs it, changed.
fn forged(ana: &Sandbox, bob: &Sandbox, path: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    let identity = fs::read_to_string(bob.home().join(".config/vault/identities/bob.txt")).unwrap();
    let text = change(body(&ana.read(path)).replacen("by: \"ana\"", "by: \"bob\"", 1));
    ana.signed_by(&identity, "bob", path, &text)
}

#[test]
fn nothing_is_accepted_that_its_signer_may_not_write_or_that_belongs_elsewhere() {
    let (ana, bob) = team();
    for name in ["/dev/db", "/prod/db"] {
        ana.put(name, "second");
    }
    let honest = [ana.read(DEV), ana.read(PROD)];
    // Bob, who may write /dev alone, signs the same revision of another name with other content.
    let tagged = |text: String| text.replace("description: \"\"", "description: \"evil\"");
    ana.write(PROD, forged(&ana, &bob, PROD, tagged));
    untouched(&ana, &["accept", "/prod/db", "--yes"], 6, "`bob`, who may not write it");
    ana.write(PROD, &honest[1]);
    // And at a path that he may write, a document with another name.
    let renamed = |text: String| text.replace("name: \"/dev/db\"", "name: \"/prod/db\"");
    ana.write(DEV, forged(&ana, &bob, DEV, renamed));
    untouched(&ana, &["accept", "/dev/db", "--yes"], 6, "its content belongs to `/prod/db`");
    ana.write(DEV, &honest[0]);
    // So he may where he may: that is accepted, and nothing else is touched.
    ana.write(DEV, forged(&ana, &bob, DEV, tagged));
    let accepted = ana.run(&["accept", "/dev/db", "--yes"]);
    assert_eq!(accepted.code, 0, "{accepted:?}");
    assert_eq!(ana.read(PROD), honest[1]);
    ana.ok(&["verify"]);
}

#[test]
fn only_a_writer_accepts_and_is_not_asked_in_vain() {
    let (ana, bob) = team();
    let old = [ana.read(DEV), ana.read(PROD)];
    for name in ["/dev/db", "/prod/db"] {
        ana.put(name, "second");
    }
    pull(&bob, &ana);
    bob.run(&["verify"]);
    for (path, text) in [DEV, PROD].iter().zip(&old) {
        bob.write(path, text);
    }
    untouched(&bob, &["accept", "/prod/db", "--no-input"], 7, "`bob` may not write `/prod/db`");
    untouched(&bob, &["accept", "/dev/db", "--no-input"], 10, "--yes");
    bob.ok(&["accept", "/dev/db", "--yes"]);
    assert_eq!(bob.ok(&["param", "get", "/dev/db"]), "first");
    // A key is an admin's.
    let key = bob.read("keys/default.yaml");
    ana.ok(&["key", "rotate", "default"]);
    git(&bob, &["checkout", "-q", ".vault/params"]);
    pull(&bob, &ana);
    bob.ok(&["param", "get", "/dev/api"]);
    bob.write("keys/default.yaml", key);
    untouched(&bob, &["accept", "--key", "default", "--no-input"], 7, "`bob` is not an admin");
}

/// What `accept` says about changes in a dry run, which writes nothing.
fn changes(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let before = sandbox.everything();
    let run = sandbox.run(&[&["--json", "--dry-run", "accept"], arguments].concat());
    assert_eq!(run.code, 0, "{run:?}");
    assert!(sandbox.everything() == before, "something was written");
    json(&run.stdout)["Changes"].to_string()
}

#[test]
fn what_changes_is_said_before_it_is_accepted() {
    let ana = Sandbox::new();
    ana.ok(&["param", "put", "/a", "one", "--type", "String"]);
    let old = ana.read("params/a.yaml");
    ana.put("/a", "two");
    ana.ok(&["label", "add", "/a:2", "live"]);
    ana.ok(&["param", "rm", "--yes", "/a"]);
    let tombstone = ana.read("params/a.yaml");
    ana.put("/a", "three");
    ana.ok(&["label", "add", "/a:1", "live"]);
    assert_eq!(ana.feed(&["secret", "create", "s", "--stdin"], b"one").code, 0);
    let first = ana.read("secrets/s.yaml");
    assert_eq!(ana.feed(&["secret", "put", "s", "--stdin"], b"two").code, 0);
    let here = ana.read("params/a.yaml");
    ana.write("params/a.yaml", &old);
    // Git does not have what was seen: all that it says.
    assert_eq!(changes(&ana, &["/a"]), r#"["put v1","type String"]"#);
    ana.write("params/a.yaml", here);
    commit(&ana);
    for (text, said) in
        [(&old, r#"["put v1","label live v1 → nothing","type SecureString → String"]"#), (&tombstone, r#"["deleted"]"#)]
    {
        ana.write("params/a.yaml", text);
        assert_eq!(changes(&ana, &["/a"]), said);
    }
    let asked = ana.run(&["accept", "/a", "--yes"]);
    assert!(asked.code == 0 && asked.stderr.contains("what changes: deleted"), "{asked:?}");
    assert_eq!(ana.run(&["param", "get", "/a"]).code, 3);
    ana.write("secrets/s.yaml", first);
    let said = changes(&ana, &["--secret", "s"]);
    assert!(said.contains("stage AWSCURRENT ") && said.contains("AWSPREVIOUS"), "{said}");
    assert!(said.contains("\"versions 2 → 1\""), "{said}");
    fs::remove_file(ana.document("secrets/s.yaml")).unwrap();
    assert_eq!(changes(&ana, &["--secret", "s"]), r#"["removed without a tombstone"]"#);
    ana.ok(&["accept", "--secret", "s", "--yes"]);
    ana.ok(&["verify"]);
}

/// Ana's vault with a reader carol of the key, who loses it; the key's document from before.
fn revoked() -> (Sandbox, Sandbox, String) {
    let (ana, bob) = team();
    let before = ana.read("keys/default.yaml");
    commit(&ana);
    ana.ok(&["key", "revoke", "default", "bob", "--yes"]);
    commit(&ana);
    (ana, bob, before)
}

#[test]
fn an_accepted_key_brings_back_nobody_who_lost_it() {
    let (ana, _bob, before) = revoked();
    let now = ana.read("keys/default.yaml");
    ana.write("keys/default.yaml", &before);
    untouched(&ana, &["accept", "--key", "default", "--yes"], 7, "is outdated");
    ana.write("keys/default.yaml", now);
    // Nor is one that lacks a version which nobody was refused.
    let text = ana.read("keys/default.yaml");
    ana.ok(&["key", "rotate", "default"]);
    commit(&ana);
    let rotated = ana.read("keys/default.yaml");
    ana.write("keys/default.yaml", &text);
    untouched(&ana, &["accept", "--key", "default", "--yes"], 7, "it ends at version 2, but version 3 exists");
    ana.write("keys/default.yaml", &rotated);
    ana.ok(&["verify"]);
}

#[test]
fn what_somebody_else_may_not_write_is_not_swept_in() {
    let (ana, bob) = team();
    ana.ok(&["member", "update", "bob", "--write", "parameter:/dev", "--write", "parameter:/shared"]);
    let carol = clone(&ana);
    let (path, fingerprint) = request(&carol, "carol");
    let add = ["member", "add", &path, "--read", "default", "--write", "parameter:/dev", "--no-input"];
    ana.ok(&[&add[..], &["--fingerprint", &fingerprint]].concat());
    pull(&bob, &ana);
    bob.put("/dev/late", "late");
    bob.put("/shared", "late");
    commit(&bob);
    ana.ok(&["member", "rm", "bob", "--yes"]);
    commit(&ana);
    git(&carol, &["pull", "-q", "--ff-only"]);
    git(&carol, &["pull", "-q", "--no-rebase", "--no-edit", bob.project().to_str().unwrap(), "HEAD"]);
    carol.ok(&["param", "ls"]);
    untouched(&carol, &["adopt", "/shared", "--no-input"], 7, "`carol` may not write `/shared`");
    let swept = carol.run(&["adopt", "--all-refused", "--yes"]);
    assert_eq!(swept.code, 6, "{swept:?}");
    assert!(swept.stdout.contains("not signed: params/dev/late.yaml: nothing here shows"), "{swept:?}");
    assert!(swept.stdout.contains("not signed: params/shared.yaml: `carol` may not write `/shared`"), "{swept:?}");
    carol.ok(&["adopt", "/dev/late", "--yes"]);
    assert_eq!(carol.ok(&["param", "get", "/dev/late"]), "late");
}

#[test]
fn what_a_chain_that_was_taken_back_changes_is_said() {
    let (ana, bob) = team();
    ana.ok(&["member", "rm", "bob", "--yes"]);
    commit(&ana);
    let last = fs::read_dir(ana.document("trust")).unwrap().count();
    fs::remove_file(ana.document(&format!("trust/{last:06}.yaml"))).unwrap();
    let before = ana.everything();
    let dry = json(&ana.ok(&["--json", "--dry-run", "trust", "accept"]));
    assert_eq!(
        dry["Changes"].to_string(),
        r#"["member bob added","bob reads key default","key default from version 1"]"#
    );
    assert_eq!(dry["Accepted"], false);
    assert!(ana.everything() == before, "something was written");
    let asked = ana.run(&["trust", "accept", "--no-input"]);
    assert!(asked.code == 10 && asked.stderr.contains("what changes: member bob added"), "{asked:?}");
    drop(bob);
}
