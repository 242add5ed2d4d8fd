//! Copies in another vault: what they say, when they are written, and what is never written over.

use std::collections::BTreeMap;

use super::rigged::{Fault, Rigged};
use super::world::{World, new_secret, new_value, now, secret, secret_at};
use crate::engine::document::Document;
use crate::engine::replicas::CopyMode;
use crate::engine::signing::sign;
use crate::engine::{CheckpointDemand, Error, MergeOutcome, Sides, Vault};
use crate::model::secret::{CopyState, Replica, ReplicaError, Secret, SecretError, Stage};

const DB: &str = "prod/db";

/// A vault whose secret has a copy in the other one, which was not made yet.
fn worlds() -> (World, World) {
    let (here, there) = (World::new(), World::new());
    let vault = here.open(&here.alice);
    vault.create_secret(&secret(DB), &new_secret("one"), now()).unwrap();
    vault.attach(&secret(DB), &replica(&there, DB), now()).unwrap();
    (here, there)
}

fn replica(there: &World, name: &str) -> Replica {
    let vault = there.open(&there.alice).id();
    Replica { vault, region: "eu-west-1".into(), key: "default".parse().unwrap(), name: secret(name) }
}

fn copy(here: &World, there: &World, mode: CopyMode) -> Result<bool, Error> {
    copy_on(here, &there.open(&there.alice), mode)
}

fn copy_on(here: &World, other: &Vault<'_>, mode: CopyMode) -> Result<bool, Error> {
    let vault = here.open(&here.alice);
    vault.copy_to(other, &[secret(DB)], mode, now(), &mut |_| {})?.remove(0)
}

fn put(world: &World, value: &str) {
    world.open(&world.alice).put_secret_value(&secret(DB), &new_value(value), None, None, None, now()).unwrap();
}

fn read(world: &World) -> String {
    let vault = world.open(&world.alice);
    let document = vault.secret(&secret(DB)).unwrap();
    let current = document.staged(&Stage::current()).unwrap();
    vault.reveal(&document, current).unwrap().reveal_text().unwrap().to_owned()
}

fn state(here: &World, there: &World) -> CopyState {
    let vault = here.open(&here.alice);
    vault.compare_copy(&vault.secret(&secret(DB)).unwrap(), &there.open(&there.alice)).unwrap()
}

/// What a member of a vault writes who signs a document by hand.
fn forge(world: &World, change: impl Fn(&mut Secret)) {
    let vault = world.open(&world.alice);
    let mut document = vault.secret(&secret(DB)).unwrap();
    change(&mut document);
    document.head.rev += 1;
    let path = secret_at(DB);
    let bytes = sign(&vault.id(), &path, &document.emit(&vault.id()), &vault.signer().unwrap());
    world.files.set(&path, bytes);
}

fn refused(outcome: Result<bool, Error>) -> ReplicaError {
    match outcome {
        Err(Error::Replica { error, .. }) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_copy_says_what_its_primary_says_and_is_read_without_it() {
    let (here, there) = worlds();
    assert_eq!(state(&here, &there), CopyState::Behind);
    assert!(copy(&here, &there, CopyMode::Update).unwrap());
    assert!(!copy(&here, &there, CopyMode::Update).unwrap(), "nothing has changed");
    let vault = here.open(&here.alice);
    let tags = BTreeMap::from([("team".to_owned(), "web".to_owned())]);
    vault.update_secret(&secret(DB), now(), |secret| secret.tag(&tags)).unwrap();
    put(&here, "two");
    assert_eq!(state(&here, &there), CopyState::Behind);
    assert!(copy(&here, &there, CopyMode::Update).unwrap());
    assert_eq!((state(&here, &there), read(&there)), (CopyState::InSync, "two".to_owned()));
    let (primary, copied) = (vault.secret(&secret(DB)).unwrap(), there.open(&there.alice).secret(&secret(DB)).unwrap());
    let versions =
        |it: &Secret| it.versions.iter().map(|it| (it.uid, it.created, it.stages.clone())).collect::<Vec<_>>();
    assert_eq!((versions(&copied), &copied.tags), (versions(&primary), &tags));
    let origin = copied.origin.unwrap();
    assert_eq!((origin.vault, origin.rev, origin.promoted), (vault.id(), primary.head.rev, None));
    there.assert_valid();
    here.assert_valid();
}

#[test]
fn a_value_that_may_be_known_is_marked_in_the_copy_too() {
    let (here, there) = worlds();
    let vault = here.open(&here.alice);
    forge(&here, |document| document.versions[0].exposed = true);
    copy(&here, &there, CopyMode::Update).unwrap();
    assert!(there.open(&there.alice).secret(&secret(DB)).unwrap().versions[0].exposed);
    drop(vault);
}

#[test]
fn only_replication_and_promotion_write_a_copy() {
    let (here, there) = worlds();
    copy(&here, &there, CopyMode::Update).unwrap();
    let vault = there.open(&there.alice);
    let copied = |outcome: Result<(), Error>| {
        assert!(matches!(outcome, Err(Error::Secret { error: SecretError::Copy { .. }, .. })), "{outcome:?}");
    };
    copied(vault.put_secret_value(&secret(DB), &new_value("x"), None, None, None, now()).map(drop));
    copied(vault.revise_secret(&secret(DB), Some("text"), None, None, None, now()).map(drop));
    copied(vault.schedule_deletion(&secret(DB), 7, now()).map(drop));
    copied(vault.delete::<Secret>(&secret(DB), now()));
    copied(vault.attach(&secret(DB), &replica(&here, DB), now()));
    let policy = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"x"},"Action":"*","Resource":"*"}}"#;
    copied(vault.update_secret(&secret(DB), now(), |secret| {
        secret.set_resource_policy(policy, crate::model::secret::PublicAccess::Allow)
    }));
    vault.promote(&secret(DB), now()).unwrap();
    assert!(matches!(vault.promote(&secret(DB), now()), Err(Error::Replica { error: ReplicaError::NotACopy, .. })));
    put(&there, "own");
    put(&here, "other");
    assert!(matches!(refused(copy(&here, &there, CopyMode::Overwrite)), ReplicaError::Promoted(_)));
    assert_eq!((read(&here), read(&there)), ("other".to_owned(), "own".to_owned()), "neither is lost");
}

#[test]
fn a_primary_is_not_deleted_while_it_has_copies() {
    let (here, there) = worlds();
    let vault = here.open(&here.alice);
    let refused = |outcome: Result<(), Error>| {
        assert!(matches!(outcome, Err(Error::Secret { error: SecretError::HasReplicas(1), .. })), "{outcome:?}");
    };
    refused(vault.delete::<Secret>(&secret(DB), now()));
    refused(vault.schedule_deletion(&secret(DB), 7, now()).map(drop));
    vault.detach(&secret(DB), there.open(&there.alice).id(), now()).unwrap();
    vault.delete::<Secret>(&secret(DB), now()).unwrap();
}

#[test]
fn what_is_not_this_secrets_copy_is_never_written_over() {
    let (here, there) = worlds();
    let modes = [CopyMode::Update, CopyMode::Create, CopyMode::Overwrite];
    there.open(&there.alice).create_secret(&secret(DB), &new_secret("theirs"), now()).unwrap();
    for mode in modes {
        assert_eq!(refused(copy(&here, &there, mode)), ReplicaError::Taken);
    }
    assert_eq!(read(&there), "theirs");
    // Another vault's secret has its copy there.
    let (other, there) = worlds();
    copy(&other, &there, CopyMode::Update).unwrap();
    let (vault, linked) = (here.open(&here.alice), replica(&there, DB));
    vault.attach(&secret(DB), &linked, now()).unwrap();
    for mode in modes {
        assert!(matches!(refused(copy(&here, &there, mode)), ReplicaError::Foreign { .. }));
    }
    assert_eq!(read(&there), "one");
    // Nor is a chain made, or a circle.
    let back = there.open(&there.alice).attach(&secret(DB), &replica(&here, DB), now());
    assert!(matches!(back, Err(Error::Secret { error: SecretError::Copy { .. }, .. })), "{back:?}");
    let own = vault.attach(&secret(DB), &replica(&here, DB), now());
    assert!(matches!(own, Err(Error::Replica { error: ReplicaError::SameVault, .. })));
}

#[test]
fn a_forged_copy_is_reported_and_written_over_only_on_request() {
    let (here, there) = worlds();
    copy(&here, &there, CopyMode::Update).unwrap();
    forge(&there, |document| document.origin.as_mut().unwrap().rev = 900);
    put(&here, "two");
    assert!(matches!(refused(copy(&here, &there, CopyMode::Update)), ReplicaError::Newer { found: 900, .. }));
    assert!(copy(&here, &there, CopyMode::Overwrite).unwrap());
    // A value of its own, under the revision that the primary has.
    forge(&there, |document| document.versions.iter_mut().for_each(|version| version.uid.0[0] ^= 1));
    assert_eq!(state(&here, &there), CopyState::Refused(ReplicaError::Differs));
    put(&here, "three");
    assert_eq!(refused(copy(&here, &there, CopyMode::Update)), ReplicaError::Differs, "later, too");
    assert!(copy(&here, &there, CopyMode::Overwrite).unwrap());
    assert_eq!(read(&there), "three");
    there.assert_valid();
}

#[test]
fn a_copy_that_was_deleted_is_made_again_only_on_request() {
    let (here, there) = worlds();
    copy(&here, &there, CopyMode::Update).unwrap();
    let (vault, other) = (here.open(&here.alice), there.open(&there.alice));
    let primary = vault.secret(&secret(DB)).unwrap();
    assert!(other.delete_copy(&primary.replicas[0], &primary, vault.id(), now()).unwrap());
    assert!(other.delete_copy(&primary.replicas[0], &primary, vault.id(), now()).unwrap(), "it is gone");
    assert_eq!(refused(copy(&here, &there, CopyMode::Update)), ReplicaError::Deleted);
    assert!(copy(&here, &there, CopyMode::Create).unwrap());
    assert_eq!(read(&there), "one");
    // What was promoted is nobody's to delete.
    other.promote(&secret(DB), now()).unwrap();
    assert!(!other.delete_copy(&primary.replicas[0], &primary, vault.id(), now()).unwrap());
}

#[test]
fn a_copy_that_states_what_only_primaries_do_is_found() {
    let (here, there) = worlds();
    copy(&here, &there, CopyMode::Update).unwrap();
    let own = there.open(&there.alice).id();
    let findings = |change: &dyn Fn(&mut Secret)| {
        forge(&there, change);
        let report = there.open(&there.alice).verify(CheckpointDemand::IfPresent, |_| {}).unwrap();
        report.findings.len()
    };
    assert_eq!(findings(&|document| document.origin.as_mut().unwrap().vault = own), 1);
    let vault = here.open(&here.alice).id();
    assert_eq!(findings(&|document| document.origin.as_mut().unwrap().vault = vault), 0);
    assert_eq!(findings(&|document| document.delete_after = Some(now())), 1);
}

#[test]
fn a_copy_that_fails_anywhere_is_old_or_new_and_made_by_the_next_attempt() {
    let (here, there) = worlds();
    copy(&here, &there, CopyMode::Update).unwrap();
    put(&here, "two");
    for room in 0..3 {
        let there = there.clone_elsewhere();
        let faulty = there.open_on(Rigged::new(&there.files, Fault::FullAfter(room)), &there.alice);
        let outcome = copy_on(&here, &faulty, CopyMode::Update);
        assert_eq!(read(&there), if outcome.is_ok() { "two" } else { "one" }, "{room}");
        copy(&here, &there, CopyMode::Update).unwrap();
        assert_eq!(read(&there), "two");
        there.assert_valid();
    }
}

#[test]
fn copies_that_two_machines_make_are_one_when_they_meet() {
    let (here, there) = worlds();
    copy(&here, &there, CopyMode::Update).unwrap();
    let (path, base) = (secret_at(DB), there.files.get(&secret_at(DB)));
    let elsewhere = there.clone_elsewhere();
    put(&here, "two");
    copy(&here, &elsewhere, CopyMode::Update).unwrap();
    put(&here, "three");
    copy(&here, &there, CopyMode::Update).unwrap();
    let (ours, theirs) = (there.files.get(&path).unwrap(), elsewhere.files.get(&path).unwrap());
    for (ours, theirs) in [(&ours, &theirs), (&theirs, &ours)] {
        let sides = Sides::new(base.as_deref(), ours, theirs);
        let merged = there.open(&there.alice).merge(&path, sides, None, None).unwrap();
        let MergeOutcome::Merged { bytes, .. } = merged else { panic!("{merged:?}") };
        let merged = there.with(there.files.paths().into_iter().map(|it| (it.clone(), there.files.get(&it).unwrap())));
        merged.files.set(&path, bytes);
        assert_eq!((read(&merged), state(&here, &merged)), ("three".to_owned(), CopyState::InSync));
    }
}
