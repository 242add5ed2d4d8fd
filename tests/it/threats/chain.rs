//! Whole vaults and trust chains that somebody with a checkout puts in the place of the real ones.

use std::fs;

use vault::crypto::framing::sha256;
use vault::crypto::identity::{Identity, NoPrompt};
use vault::crypto::recipient::RecipientPolicy;
use vault::format::schema::{emit_trust, parse_trust};
use vault::format::trailer::split;
use vault::model::id::VaultId;
use vault::model::trust::{Member, Role, Trust};

use super::{identity, refused};
use crate::project::{Sandbox, body};
use crate::team::{is, team};

fn path(rev: u64) -> String {
    format!("trust/{rev:06}.yaml")
}

fn snapshot(sandbox: &Sandbox, rev: u64) -> Trust {
    let text = sandbox.read(&path(rev));
    parse_trust(split(text.as_bytes()).unwrap().body, &vault(sandbox)).unwrap()
}

fn vault(sandbox: &Sandbox) -> VaultId {
    sandbox.vault_id().parse().unwrap()
}

/// A snapshot that follows from the one of that number, so far as anybody can make one.
fn next(sandbox: &Sandbox, rev: u64, by: &str) -> Trust {
    let before = sandbox.read(&path(rev));
    let prev = Some(sha256(before.as_bytes()));
    Trust { rev: rev + 1, prev, by: by.parse().unwrap(), ..snapshot(sandbox, rev) }
}

/// Somebody of that name who may do everything.
fn admin(name: &str, text: &str) -> Member {
    let identity = Identity::parse(text, &RecipientPolicy::default(), NoPrompt).unwrap();
    let sign = identity.signing_key().unwrap().public().bytes();
    Member {
        name: name.parse().unwrap(),
        role: Role::Admin,
        sign,
        recipients: identity.recipients(),
        write: vec!["*".parse().unwrap()],
    }
}

#[test]
fn a_snapshot_that_no_admin_before_it_signed_in_its_place_is_refused() {
    let (ana, bob) = team();
    ana.ok(&["member", "rm", "bob", "--yes"]);
    let (bobs, eves) = (identity(&bob, "bob"), identity(&Sandbox::new(), "ana"));
    let vault = vault(&ana);
    let plant = |trust: &Trust, at: u64, by: &str, key: &str| {
        ana.write(&path(at), ana.signed_by(key, by, &path(at), &emit_trust(trust, &vault)));
    };
    let anas = identity(&ana, "ana");
    let with = |by: &str, name: &str, key: &str| {
        let mut trust = next(&ana, 5, by);
        trust.members.push(admin(name, key));
        trust
    };
    plant(&with("bob", "bob", &bobs), 6, "bob", &bobs);
    refused(&ana, "/dev/db", "`bob`, who may not write it");
    plant(&with("eve", "eve", &eves), 6, "eve", &eves);
    refused(&ana, "/dev/db", "`eve`, who may not write it");
    plant(&with("ana", "eve", &eves), 6, "ana", &eves);
    refused(&ana, "/dev/db", "in the name of `ana` with a different key");
    // What an admin signed elsewhere does not follow here.
    let honest = next(&ana, 5, "ana");
    for wrong in [
        Trust { prev: Some([7; 32]), ..honest.clone() },
        Trust { prev: Some(sha256(ana.read(&path(4)).as_bytes())), ..honest.clone() },
        Trust { rev: 7, ..honest.clone() },
        Trust { rev: 5, ..honest.clone() },
    ] {
        plant(&wrong, 6, "ana", &anas);
        refused(&ana, "/dev/db", "is not a successor of the previous snapshot");
    }
    // The snapshot before, in the place of the next one.
    ana.write(&path(6), ana.read(&path(5)));
    refused(&ana, "/dev/db", "invalid signature");
    plant(&honest, 6, "ana", &anas);
    assert_eq!(ana.ok(&["param", "get", "/dev/db"]), "first", "nothing else was wrong");
}

#[test]
fn a_snapshot_behind_a_gap_counts_for_nothing_and_is_reported() {
    let (ana, _) = team();
    let mut trust = next(&ana, 4, "ana");
    trust.rev = 6;
    let text = emit_trust(&trust, &vault(&ana));
    ana.write(&path(6), ana.signed(&path(6), &text));
    let verify = ana.run(&["verify"]);
    assert_eq!(verify.code, 6, "{verify:?}");
    assert!(verify.stdout.contains("trust/000006.yaml"), "{verify:?}");
}

#[test]
fn two_snapshots_of_one_number_are_never_both_believed() {
    let (ana, bob) = team();
    let seen = ana.read(&path(4));
    let mut other = snapshot(&ana, 4);
    other.label = "another past".to_owned();
    other.members.retain(|member| member.name.as_str() != "bob");
    other.keys.iter_mut().for_each(|key| key.readers.retain(|reader| reader.as_str() != "bob"));
    ana.write(&path(4), ana.signed(&path(4), &emit_trust(&other, &vault(&ana))));
    refused(&ana, "/dev/db", "the trust chain was rewritten");
    ana.write(&path(4), format!("{seen}{}", bob.read(&path(4))));
    refused(&ana, "/dev/db", "trust/000004.yaml");
    ana.write(&path(4), seen);
    ana.ok(&["verify"]);
}

/// A good step before a bad one is not taken either: what this machine believes moves when everything held.
#[test]
fn what_is_believed_moves_only_after_the_whole_chain_held() {
    let (ana, bob) = team();
    bob.ok(&["param", "get", "/dev/db"]);
    let vault = vault(&ana);
    let good = emit_trust(&next(&ana, 4, "ana"), &vault);
    let good = ana.signed(&path(5), &good);
    bob.write(&path(5), &good);
    let bad = next(&bob, 5, "bob");
    let bad = bob.signed_by(&identity(&bob, "bob"), "bob", &path(6), &emit_trust(&bad, &vault));
    bob.write(&path(6), bad);
    refused(&bob, "/dev/db", "`bob`, who may not write it");
    fs::remove_file(bob.document(&path(6))).unwrap();
    let read = bob.run(&["param", "get", "/dev/db"]);
    assert!(read.code == 0 && read.stderr.contains("members or keys changed"), "the step is new to it: {read:?}");
    fs::remove_file(bob.document(&path(5))).unwrap();
    refused(&bob, "/dev/db", "the trust chain was rolled back");
}

/// A whole vault that its victim can open, in the place of the real one: every signature in it holds.
#[test]
fn another_vault_that_is_encrypted_to_the_victim_is_not_taken_for_the_real_one() {
    let (ana, eve) = (Sandbox::new(), Sandbox::new());
    ana.put("/prod/db", "real");
    let mut trust = next(&eve, 2, "ana");
    trust.members.push(Member { role: Role::Member, write: Vec::new(), ..admin("victim", &identity(&ana, "ana")) });
    eve.write(&path(3), eve.signed(&path(3), &emit_trust(&trust, &vault(&eve))));
    eve.ok(&["key", "grant", "default", "victim"]);
    eve.put("/prod/db", "planted");
    let real = ana.vault_id();
    fs::rename(ana.vault(), ana.home().join("real")).unwrap();
    fs::rename(eve.vault(), ana.vault()).unwrap();
    let planted = ana.vault_id();
    let get = ["--no-input", "param", "get", "/prod/db"];
    let put = ["--no-input", "param", "put", "/prod/db", "--overwrite", "--stdin"];
    let before = ana.everything();
    is(&ana.run(&get), 6, "contained the vault");
    is(&ana.feed(&put, b"canary"), 6, "contained the vault");
    is(&ana.run_with(&get, &[("VLT_ID", &real)]), 6, "was expected");
    assert!(ana.everything() == before, "something was written");
    // A machine that has seen neither: nothing is believed without the id, and the wrong id is found out.
    let fresh = ana.home().join("fresh");
    let state = ("XDG_STATE_HOME", fresh.to_str().unwrap());
    is(&ana.run_with(&get, &[state]), 10, "does not know the vault");
    is(&ana.run_with(&get, &[state, ("VLT_ID", &real)]), 6, "was expected");
    let fooled = ana.run_with(&get, &[state, ("VLT_ID", &planted)]);
    assert_eq!(fooled.stdout, "planted", "who is told the wrong id out of band is not protected: {fooled:?}");
}

/// A writer can use up the revisions of a document of theirs, and an admin gives the name a new life.
#[test]
fn a_revision_at_the_limit_costs_one_document_and_no_more() {
    let (ana, bob) = team();
    let bobs = identity(&bob, "bob");
    let document = ana.read("params/dev/db.yaml");
    let last = body(&document).replacen("rev: 1\n", "rev: 1000000000\n", 1).replacen("by: \"ana\"", "by: \"bob\"", 1);
    ana.write("params/dev/db.yaml", ana.signed_by(&bobs, "bob", "params/dev/db.yaml", &last));
    assert_eq!(ana.ok(&["param", "get", "/dev/db"]), "first");
    let put = ana.feed(&["param", "put", "/dev/db", "--stdin", "--overwrite"], b"second");
    assert_ne!(put.code, 0, "{put:?}");
    assert!(put.stderr.contains("cannot be written any more"), "{put:?}");
    ana.put("/dev/api", "others are written as before");
    assert!(put.stderr.contains("vault accept /dev/db`"), "{put:?}");
    // The values live on under another name, and the name gets a new life.
    ana.ok(&["param", "copy", "/dev/db", "/dev/kept"]);
    fs::remove_file(ana.document("params/dev/db.yaml")).unwrap();
    ana.ok(&["accept", "/dev/db", "--yes"]);
    ana.put("/dev/db", "second");
    ana.ok(&["verify"]);
    assert_eq!(ana.ok(&["param", "get", "/dev/kept"]), "first");
    // A machine that saw the revision at the limit takes the new document on purpose, and so does the culprit's.
    bob.write("params/dev/db.yaml", bob.signed_by(&bobs, "bob", "params/dev/db.yaml", &last));
    bob.ok(&["verify"]);
    bob.write("params/dev/db.yaml", ana.read("params/dev/db.yaml"));
    is(&bob.run(&["param", "get", "/dev/db"]), 6, "vault accept /dev/db`");
    bob.ok(&["accept", "/dev/db", "--yes"]);
    assert_eq!(bob.read("params/dev/db.yaml"), ana.read("params/dev/db.yaml"), "nothing can be signed above the limit");
    assert_eq!(bob.ok(&["param", "get", "/dev/db"]), "second");
    bob.put("/dev/db", "third");
    bob.ok(&["verify"]);
}
