use std::collections::{BTreeMap, BTreeSet};

use super::rigged::{Fault, Rigged};
use super::world::{World, new_secret, new_value, now, parameter, parameter_at, policy, put, secret, secure, values};
use crate::engine::{Error, Import, ImportedSecret, ImportedVersion, Result, Vault};
use crate::model::parameter::{Overwrite, Parameter};
use crate::store::Problem;

/// Lets `work` fail after 0, 1, 2 … published entries, each time in a new world, until it does not fail. After each failure the
/// vault must be valid, and the same work must finish it. Returns how often it failed.
fn fail_everywhere<T>(
    found: impl Fn() -> World,
    work: impl Fn(&Vault<'_>) -> Result<T>,
    is_done: impl Fn(&Vault<'_>) -> bool,
) -> usize {
    for entries in 0..50 {
        let world = found();
        let vault = world.open_on(Rigged::new(&world.files, Fault::FullAfter(entries)), &world.alice);
        match work(&vault) {
            Ok(_) => return entries,
            Err(Error::Store(error)) => assert!(matches!(error.problem, Problem::NoSpace)),
            Err(error) => panic!("after {entries} entries: {error}"),
        }
        vault.finish();
        world.assert_valid();
        let vault = world.open(&world.alice);
        work(&vault).unwrap();
        assert!(is_done(&vault), "after {entries} entries");
        world.assert_valid();
    }
    panic!("it never ends");
}

#[test]
fn a_removal_that_failed_anywhere_is_finished_by_the_next_one() {
    let found = || {
        let world = World::new();
        let bob = world.join("bob", &["default"]);
        let vault = world.open(&bob);
        for name in ["/app/a", "/app/b", "/app/c"] {
            put(&vault, name, "1");
        }
        vault.create_secret(&secret("db"), &new_secret("1"), now()).unwrap();
        world
    };
    let is_done = |vault: &Vault<'_>| {
        let key = vault.key(&"default".parse().unwrap()).unwrap();
        let by = vault.parameter(&parameter("/app/a"), now()).unwrap().head.by;
        let is_gone = vault.trust().member(&"bob".parse().unwrap()).is_none();
        let exposed = vault.must_rotate().unwrap().whole().unwrap();
        is_gone
            && by.as_str() == "alice"
            && key.readers.len() == 1
            && key.ordinal(key.current) == 2
            && exposed.len() == 4
    };
    let remove = |vault: &Vault<'_>| vault.remove_member(&"bob".parse().unwrap(), &policy(), now(), &mut |_| {});
    // Four documents, the new version, the snapshot, and the older version without bob.
    assert_eq!(fail_everywhere(found, remove, is_done), 7);
}

#[test]
fn an_import_that_failed_anywhere_is_finished_by_the_next_one() {
    let imports = || {
        let secret = ImportedSecret {
            name: secret("db"),
            description: String::new(),
            tags: BTreeMap::new(),
            versions: vec![ImportedVersion { id: None, value: new_value("3"), stages: BTreeSet::new() }],
            overwrite: Overwrite::Replace,
        };
        let versions = vec![secure("/app/b", "1"), secure("/app/b", "2")];
        vec![
            Import::Parameter(vec![secure("/app/a", "1")]),
            Import::Parameter(versions),
            Import::Secret(secret),
            Import::Parameter(vec![secure("/app/gone", "1")]),
        ]
    };
    let found = || {
        let world = World::new();
        let vault = world.open(&world.alice);
        put(&vault, "/app/gone", "0");
        vault.delete::<Parameter>(&parameter("/app/gone"), now()).unwrap();
        world
    };
    let is_done = |vault: &Vault<'_>| {
        let has_all = imports().iter().all(|import| vault.holds(import, now()).unwrap());
        has_all && values(vault, "/app/b") == ["1", "2"] && vault.secret(&secret("db")).unwrap().versions.len() == 1
    };
    // Four documents; that the hint of the tombstone stays is no failure.
    assert_eq!(fail_everywhere(found, |vault| vault.import(&imports(), now(), &mut |_| {}), is_done), 4);
}

#[test]
fn a_grant_by_somebody_who_does_not_know_the_newcomer_yet_is_refused() {
    let world = World::new();
    put(&world.open(&world.alice), "/app/a", "1");
    let vault = world.open(&world.alice);
    let bob = world.join("bob", &[]);
    let grant = |vault: &Vault<'_>| {
        vault.grant(&"default".parse().unwrap(), &["bob".parse().unwrap()], &policy(), now()).map(drop)
    };
    assert!(matches!(grant(&vault), Err(Error::TrustMoved)), "the chain has moved on since it was opened");
    grant(&world.open(&world.alice)).unwrap();
    assert_eq!(values(&world.open(&bob), "/app/a"), ["1"]);
}

#[test]
fn what_a_failed_batch_published_is_remembered_and_the_rest_is_not() {
    let world = World::new();
    let vault = world.open_on(Rigged::new(&world.files, Fault::FullAfter(1)), &world.alice);
    let imports = ["/app/a", "/app/b"].map(|name| Import::Parameter(vec![secure(name, "1")]));
    assert!(matches!(vault.import(&imports, now(), &mut |_| {}), Err(Error::Store(_))));
    assert_eq!(vault.take_written(), [parameter_at("/app/a")]);
    vault.finish();
    let vault = world.open(&world.alice);
    assert!(vault.seen_at(&parameter_at("/app/a")).unwrap().is_some());
    assert!(vault.seen_at(&parameter_at("/app/b")).unwrap().is_none());
}
