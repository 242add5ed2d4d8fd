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
fn a_grant_by_somebody_who_is_no_admin_any_more_is_adopted_by_one_who_is() {
    let [ana, bob, carol] = granted_elsewhere(&["member", "update", "bob", "--no-admin"]);
    // Only one side touched the key, so git sees no conflict, and nothing opens.
    assert_eq!(try_git(&ana, &["merge", "-q", "--no-edit", "theirs"]).code, 0);
    is(&ana.run(&["param", "get", "/dev/db"]), 6, "`vault adopt --key default`");
    let dry = json(&ana.ok(&["--json", "--dry-run", "adopt", "--key", "default"]));
    assert_eq!(dry["Adopted"][0]["Changes"].to_string(), r#"["reader carol"]"#, "{dry}");
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
        "bob was allowed to write it until snapshot 3",
        "it says: reader carol",
        "its readers: ana, recovery, bob, carol;",
    ] {
        assert!(adopted.stderr.contains(said), "{said}: {adopted:?}");
    }
    assert_eq!(adopted.stdout, "default signed in place of bob: reader carol\n");
    ana.ok(&["verify"]);
    assert!(ana.ok(&["adopt", "--key", "default"]).contains("no document is refused"));
    assert_eq!(exposed(&ana), [""; 0], "bob is a reader still");
    for machine in [&carol, &bob] {
        assert_eq!(reads(machine, &ana, "/dev/db"), 0);
    }
}

#[test]
fn what_a_removed_admin_could_open_is_tainted_when_his_key_is_adopted() {
    let [ana, bob, carol] = granted_elsewhere(&["member", "rm", "bob", "--yes"]);
    // The removal touched the key too. Somebody takes the wrong side of the conflict.
    assert_ne!(try_git(&ana, &["merge", "-q", "--no-edit", "theirs"]).code, 0);
    let stuck = ana.run(&["resolve"]);
    assert!(stuck.code == 4 && stuck.stdout.contains("who was removed"), "{stuck:?}");
    git(&ana, &["checkout", "-q", "--theirs", ".vault/keys/default.yaml"]);
    git(&ana, &["add", "-A"]);
    git(&ana, &["commit", "-q", "--no-edit"]);
    let adopted = ana.run(&["adopt", "--key", "default", "--yes"]);
    assert_eq!(adopted.code, 0, "{adopted:?}");
    // Carol may have lost the key on ana's branch, for all that his document knows.
    assert!(adopted.stderr.contains("new readers and non-members are left out"), "{adopted:?}");
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
    // Nobody else has a trusted state of the key in git, and he is no reader in his own document.
    let (ana, bob) = admins();
    bob.ok(&["key", "rotate", "default"]);
    let identity = std::fs::read_to_string(bob.home().join(".config/vault/identities/bob.txt")).unwrap();
    let hidden = body(&bob.read(KEY)).replace("  - \"bob\"\n", "");
    ana.ok(&["member", "rm", "bob", "--yes"]);
    let hidden = hidden.replace("rev: 3\n", "rev: 9\n");
    ana.write(KEY, ana.signed_by(&identity, "bob", KEY, &hidden));
    let adopted = ana.run(&["adopt", "--key", "default", "--yes"]);
    assert_eq!(adopted.code, 0, "{adopted:?}");
    assert!(adopted.stderr.contains("is new: bob could open the others"), "{adopted:?}");
    ana.put("/dev/new", "after him");
    ana.ok(&["verify"]);
    assert_eq!(exposed(&ana), ["/dev/db"]);
    assert_eq!(reads(&bob, &ana, "/dev/new"), 5);
}

#[test]
fn two_versions_of_one_number_are_no_change_that_can_be_taken_over() {
    let (ana, bob) = admins();
    bob.ok(&["key", "rotate", "default"]);
    ana.ok(&["key", "rotate", "default"]);
    ana.ok(&["member", "update", "bob", "--no-admin"]);
    commit(&ana);
    let sound = ana.read(KEY);
    ana.write(KEY, bob.read(KEY));
    is(&ana.run(&["adopt", "--key", "default", "--yes"]), 4, "a version differs from its last trusted state");
    assert_eq!(ana.read(KEY), bob.read(KEY));
    ana.write(KEY, sound);
    ana.ok(&["verify"]);
}

#[test]
fn a_key_that_was_never_good_or_does_not_open_is_not_signed() {
    let [ana, bob, carol] = granted_elsewhere(&["member", "update", "bob", "--no-admin"]);
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
    refused(late.replace("carol", "carl").into_bytes(), "invalid signature");
    let by_carol = before.replace("by: \"bob\"", "by: \"carol\"");
    refused(ana.signed_by(&carol_key, "carol", KEY, &by_carol), "`carol`, who may not write it");
    let check = before.lines().find(|line| line.trim_start().starts_with("check: ")).unwrap();
    let other = before.replace(check, "    check: \"AAAAAAAAAAAAAAAAAAAAAA==\"");
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
