//! Key documents that somebody signed while they were an admin, and that arrive when they are none any more.

use crate::branches::{add, admins, fetch, try_git};
use crate::project::{Sandbox, body};
use crate::team::{clone, commit, exposed, git, is, json};

const KEY: &str = "keys/default.yaml";

/// Bob, an admin, lets carol read on his branch; ana takes something from him on hers. Ana is about to merge.
fn granted_elsewhere(taken: &[&str]) -> [Sandbox; 3] {
    let (ana, bob) = admins();
    let carol = clone(&ana);
    add(&ana, &carol, "carol", &["--write", "parameter:/dev"]);
    commit(&ana);
    fetch(&bob, &ana);
    git(&bob, &["reset", "-q", "--hard", "theirs"]);
    bob.ok(&["key", "grant", "default", "carol"]);
    commit(&bob);
    ana.ok(taken);
    commit(&ana);
    fetch(&ana, &bob);
    assert_ne!(try_git(&ana, &["merge", "-q", "--no-edit", "theirs"]).code, 0);
    // His snapshot falls, because he is no admin on her side: his grant is not taken over.
    is(&ana.run(&["trust", "rebase", "--yes"]), 4, "by `bob`, who is not an admin on the other side");
    ana.ok(&["trust", "rebase", "--yes", "--ours"]);
    [ana, bob, carol]
}

fn readers(sandbox: &Sandbox) -> Vec<String> {
    let key = json(&sandbox.ok(&["--json", "key", "show", "default"]));
    key["Readers"].as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
}

/// What a machine reads of ana's branch.
fn reads(machine: &Sandbox, ana: &Sandbox, name: &str) -> i32 {
    commit(ana);
    fetch(machine, ana);
    git(machine, &["reset", "-q", "--hard", "theirs"]);
    machine.run_with(&["param", "get", name], &[("VLT_ID", &ana.vault_id())]).code
}

#[test]
fn a_document_by_somebody_who_is_no_admin_any_more_is_adopted_and_brings_nobody_in() {
    let [ana, bob, carol] = granted_elsewhere(&["member", "update", "bob", "--no-admin"]);
    // Only one side touched the key's document, so git takes it, and nothing opens.
    git(&ana, &["commit", "-q", "--no-edit"]);
    is(&ana.run(&["param", "get", "/dev/db"]), 6, "`vault adopt --key default`");
    let dry = json(&ana.ok(&["--json", "--dry-run", "adopt", "--key", "default"]));
    assert!(dry["Adopted"][0]["Changes"][0].as_str().unwrap().ends_with("wrapped again"), "{dry}");
    is(&ana.run(&["param", "get", "/dev/db"]), 6, "cannot be trusted");
    is(&ana.run(&["adopt", "--key", "default", "--no-input"]), 10, "--yes");
    is(&ana.run(&["adopt", "--key", "defalt", "--yes"]), 3, "there is no key `defalt`");
    let refused = bob.run_with(&["adopt", "--key", "default", "--yes"], &[]);
    assert!(refused.stdout.contains("no document is refused"), "on his branch it is in order: {refused:?}");

    let all = ana.run(&["adopt", "--all-refused", "--yes"]);
    assert!(
        all.code == 6 && all.stdout.contains("not signed: keys/default.yaml: an admin who"),
        "by name alone: {all:?}"
    );

    let adopted = ana.run(&["adopt", "--key", "default", "--yes"]);
    assert_eq!(adopted.code, 0, "{adopted:?}");
    for said in [
        "bob was allowed to write it until snapshot 4",
        "its versions are wrapped again, for its readers: ana, recovery, bob\n",
    ] {
        assert!(adopted.stderr.contains(said), "{said}: {adopted:?}");
    }
    ana.ok(&["verify"]);
    assert!(ana.ok(&["adopt", "--key", "default"]).contains("no document is refused"));
    assert_eq!(exposed(&ana), [""; 0], "bob is a reader still");
    // Bob's machine has verified the snapshot that fell, and asks him.
    assert_eq!((reads(&carol, &ana, "/dev/db"), reads(&bob, &ana, "/dev/db")), (5, 6));
    assert_eq!(bob.run_with(&["trust", "accept", "--yes"], &[("VLT_ID", &ana.vault_id())]).code, 0);
    assert_eq!(reads(&bob, &ana, "/dev/db"), 0);
    ana.ok(&["key", "grant", "default", "carol"]);
    assert_eq!(reads(&carol, &ana, "/dev/db"), 0);
}

#[test]
fn the_document_of_a_removed_admin_is_adopted_without_what_he_made_of_it() {
    let [ana, bob, carol] = granted_elsewhere(&["member", "rm", "bob", "--yes"]);
    // The removal touched the key too. Somebody takes the wrong side of the conflict.
    let stuck = ana.run(&["resolve"]);
    assert!(stuck.code == 4 && stuck.stdout.contains("who was removed"), "{stuck:?}");
    git(&ana, &["checkout", "-q", "--theirs", ".vault/keys/default.yaml"]);
    git(&ana, &["add", "-A"]);
    git(&ana, &["commit", "-q", "--no-edit"]);
    let adopted = ana.run(&["adopt", "--key", "default", "--yes"]);
    assert_eq!(adopted.code, 0, "{adopted:?}");
    assert!(adopted.stderr.contains("`keys/default.yaml`: wrapped for ana, recovery\n"), "{adopted:?}");
    assert_eq!(readers(&ana), ["ana", "recovery"]);
    ana.ok(&["verify"]);
    assert_eq!(exposed(&ana), ["/dev/db"], "he knows it");
    ana.put("/dev/new", "after him");
    assert_eq!((reads(&carol, &ana, "/dev/new"), reads(&bob, &ana, "/dev/new")), (5, 5));
    ana.ok(&["key", "grant", "default", "carol"]);
    assert_eq!((reads(&carol, &ana, "/dev/new"), reads(&bob, &ana, "/dev/new")), (0, 5));
}

#[test]
fn a_version_that_a_removed_admin_made_is_not_sealed_under() {
    let (ana, bob) = admins();
    bob.ok(&["key", "rotate", "default"]);
    let identity = std::fs::read_to_string(bob.home().join(".config/vault/identities/bob.txt")).unwrap();
    ana.ok(&["member", "rm", "bob", "--yes"]);
    let removed = ana.read(KEY);
    let late = body(&bob.read(KEY)).replace("rev: 3\n", "rev: 9\n");
    ana.write(KEY, ana.signed_by(&identity, "bob", KEY, &late));
    // Nobody else has the version of ana's in git: it would be lost.
    is(&ana.run(&["adopt", "--key", "default", "--yes"]), 7, "it ends at version 1, but version 2 exists");
    ana.write(KEY, removed);
    commit(&ana);
    ana.write(KEY, ana.signed_by(&identity, "bob", KEY, &late));
    ana.ok(&["adopt", "--key", "default", "--yes"]);
    ana.put("/dev/new", "after him");
    ana.ok(&["verify"]);
    assert_eq!(exposed(&ana), ["/dev/db"]);
    // His machine has verified his own snapshot, and refuses this chain; in another clone he is no reader.
    assert_eq!(reads(&bob, &ana, "/dev/new"), 6);
    let _ = std::fs::remove_dir_all(bob.home().join(".local/state/vault"));
    assert_eq!(reads(&bob, &ana, "/dev/new"), 5);
}

#[test]
fn a_key_that_was_never_good_or_does_not_open_is_not_signed() {
    let [ana, bob, carol] = granted_elsewhere(&["member", "update", "bob", "--no-admin"]);
    git(&ana, &["commit", "-q", "--no-edit"]);
    let late = bob.read(KEY);
    let identity = |machine: &Sandbox, name: &str| {
        std::fs::read_to_string(machine.home().join(format!(".config/vault/identities/{name}.txt"))).unwrap()
    };
    let (bob_key, carol_key) = (identity(&bob, "bob"), identity(&carol, "carol"));
    let before = body(&late).to_owned();
    let refused = |bytes: Vec<u8>, part: &str| {
        ana.write(KEY, &bytes);
        let run = ana.run(&["adopt", "--key", "default", "--yes"]);
        assert!(run.code != 0 && run.stderr.contains(part), "{part}: {run:?}");
        assert_eq!(ana.read(KEY).as_bytes(), bytes, "{part}: nothing was signed");
    };
    refused(late.replace("name: \"default\"", "name: \"defalt\"").into_bytes(), "invalid signature");
    let by_carol = before.replace("by: \"bob\"", "by: \"carol\"");
    refused(ana.signed_by(&carol_key, "carol", KEY, &by_carol), "`carol`, who may not write it");
    // A wrap that opens to nothing: its last line, which authenticates the key, is another one.
    let last = before.lines().rev().nth(1).unwrap();
    let other = before.replace(last, &format!("{}{}", &last[..last.len() - 8], "AAAAAAA="));
    refused(ana.signed_by(&bob_key, "bob", KEY, &other), "the wrapped key in version 1 is not the one");
    let id = before.lines().find(|line| line.starts_with("id: ")).unwrap();
    let foreign = before.replace(id, "id: \"00000000000000000000000000000001\"");
    refused(ana.signed_by(&bob_key, "bob", KEY, &foreign), "not the key");
    // A member who is no admin signs no key.
    ana.write(KEY, &late);
    commit(&ana);
    fetch(&carol, &ana);
    git(&carol, &["reset", "-q", "--hard", "theirs"]);
    let run = carol.run_with(&["adopt", "--key", "default", "--yes"], &[("VLT_ID", &ana.vault_id())]);
    assert!(run.code == 7 && run.stderr.contains("admin"), "{run:?}");
}
