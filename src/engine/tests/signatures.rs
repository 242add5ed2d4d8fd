//! The memory of verified signatures, played with by whoever can write the vault, the state, or both.

use std::fs;

use super::world::{Person, World, now, parameter_at, put};
use crate::crypto::framing::sha256;
use crate::crypto::memory_key::{MemoryKey, verified_signature};
use crate::engine::recall::VERIFIER;
use crate::engine::{CheckpointDemand, Error, Vault};
use crate::format::trailer;
use crate::machine::signatures::SignatureFile;
use crate::model::parameter::Parameter;
use crate::model::trust::{Role, Scope};
use crate::store::files::Reach;

/// More than are verified again without being remembered.
const MANY: usize = 9;

fn name(number: usize) -> String {
    format!("/app/p{number}")
}

fn world() -> World {
    let world = World::new();
    let vault = world.open(&world.alice);
    (0..MANY).for_each(|number| put(&vault, &name(number), "one"));
    world
}

fn found(vault: &Vault<'_>) -> Result<Vec<Parameter>, Error> {
    vault.parameters_below(&"/app".parse().unwrap(), Reach::Descendants, now())?.whole()
}

/// Reads all values as `exec` does, and counts them.
fn read(world: &World, who: &Person) -> Result<usize, Error> {
    let vault = world.open(who);
    vault.will_open_values();
    let all = found(&vault)?;
    for parameter in &all {
        vault.reveal(parameter, parameter.latest().unwrap())?;
    }
    vault.finish();
    Ok(all.len())
}

/// The key that only this member's identity has.
fn key(vault: &Vault<'_>) -> MemoryKey {
    MemoryKey::of(vault.credentials().unwrap().identity(), &vault.id().0, VERIFIER).unwrap()
}

fn memory(vault: &Vault<'_>) -> SignatureFile {
    SignatureFile::of(vault.state(), "params/app")
}

/// Breaks the signature of a document, and nothing else. Returns its entry as a program would remember it.
fn broken(world: &World, number: usize) -> [u8; 32] {
    let path = parameter_at(&name(number));
    let raw = world.files.get(&path).unwrap();
    let signed = trailer::split(&raw).unwrap();
    let body = std::str::from_utf8(signed.body).unwrap();
    let bad = trailer::join(body, &signed.member, &signed.fingerprint, &[7; 64]);
    let signer = world.open(&world.alice).trust().member(&signed.member).unwrap().sign;
    let entry = verified_signature(&path, &signer, &sha256(&bad));
    world.files.set(&path, bad);
    entry
}

fn is_refused<T: std::fmt::Debug>(outcome: &Result<T, Error>) -> bool {
    let refused = matches!(outcome, Err(Error::Tampered { .. }));
    assert!(refused, "{outcome:?}");
    refused
}

/// Whoever has the identity could forge the memory, and gains nothing by it: this shows where the memory is used at all.
#[test]
fn only_the_signature_is_skipped_and_only_where_values_are_opened() {
    let world = world();
    assert_eq!(read(&world, &world.alice).unwrap(), MANY);
    let vault = world.open(&world.alice);
    assert_eq!(memory(&vault).entries(&key(&vault)).len(), MANY);
    let entry = broken(&world, 3);
    assert!(is_refused(&read(&world, &world.alice)), "these bytes were not verified");
    memory(&vault).replace(vec![entry], &key(&vault)).unwrap();
    let outcome = read(&world, &world.alice);
    assert!(matches!(outcome, Err(Error::Fork { .. })), "this machine has seen other bytes: {outcome:?}");

    // A machine that has seen nothing.
    let world = world.clone_elsewhere();
    assert!(is_refused(&read(&world, &world.alice)));
    let vault = world.open(&world.alice);
    memory(&vault).replace(vec![entry], &key(&vault)).unwrap();
    assert!(is_refused(&found(&vault)), "a command that opens no values");
    vault.will_open_values();
    assert_eq!(found(&vault).unwrap().len(), MANY, "it counts as verified");
    assert!(is_refused(&vault.find::<Parameter>(&name(3).parse().unwrap())), "a single document");
    let raw = world.files.get(&parameter_at(&name(3))).unwrap();
    assert!(is_refused(&vault.document_at(&parameter_at(&name(3)), &raw)), "a side of a merge");
    let findings = world.open(&world.alice).verify(CheckpointDemand::IfPresent, |_| {}).unwrap().findings;
    assert_eq!(findings.len(), 1, "{findings:?}");
}

#[test]
fn a_memory_that_the_identity_did_not_make_counts_as_none() {
    let world = world();
    let bob = world.join("bob", &["default"]);
    assert_eq!(read(&world, &world.alice).unwrap(), MANY);
    let entry = broken(&world, 3);
    let (alices, bobs) = (world.open(&world.alice), world.open(&bob));
    // Bob, who may write alice's state, makes one with his own key; then with the key of nobody.
    memory(&alices).replace(vec![entry], &key(&bobs)).unwrap();
    assert!(is_refused(&read(&world, &world.alice)));
    for bytes in [vec![0; 64], [[0; 32], entry].concat(), vec![], vec![1; 33]] {
        let directory = alices.state().dir().join("signatures");
        let file = fs::read_dir(directory).unwrap().next().unwrap().unwrap();
        fs::write(file.path(), bytes).unwrap();
        assert!(is_refused(&read(&world, &world.alice)));
    }
}

#[test]
fn scope_signer_and_history_are_judged_whatever_is_remembered() {
    let world = world();
    let bob = world.join("bob", &["default"]);
    put(&world.open(&bob), &name(1), "bob's");
    assert_eq!(read(&world, &world.alice).unwrap(), MANY);
    // An older state, whose signature is remembered.
    let (path, old) = (parameter_at(&name(2)), world.files.get(&parameter_at(&name(2))).unwrap());
    put(&world.open(&world.alice), &name(2), "two");
    read(&world, &world.alice).unwrap();
    let new = world.files.get(&path).unwrap();
    world.files.set(&path, old);
    let outcome = read(&world, &world.alice);
    assert!(matches!(outcome, Err(Error::Rollback { .. })), "{outcome:?}");
    world.files.set(&path, new);
    // The signature is remembered, the right is gone.
    let admin = world.open(&world.alice);
    let signed_by_bob = world.files.get(&parameter_at(&name(1))).unwrap();
    let scope: Scope = "parameter:/other".parse().unwrap();
    admin.update_member(&"bob".parse().unwrap(), Role::Member, &[scope], now(), &mut |_| {}).unwrap();
    assert_eq!(read(&world, &world.alice).unwrap(), MANY);
    world.files.set(&parameter_at(&name(1)), signed_by_bob);
    assert!(is_refused(&read(&world, &world.alice)), "bob may not write there any more");
}
