//! Keys that are disabled, deleted and brought back.

use super::rigged::{Fault, Rigged};
use super::world::{World, now, parameter, policy, put, values};
use crate::engine::{Error, NewKey, Vault, VaultKeyError};
use crate::model::key::{Codec, KeyState, Suite, VersionState};
use crate::model::name::KeyName;
use crate::model::time::Timestamp;

fn key(name: &str) -> KeyName {
    name.parse().unwrap()
}

fn days(days: i64) -> Timestamp {
    Timestamp::from_unix(now().unix() + days * 24 * 60 * 60)
}

/// A vault with a second key for `/prod`, opened by alice.
fn with_key() -> (World, Vault<'static>) {
    let world = World::new();
    let vault = world.open(&world.alice);
    let new = NewKey {
        name: key("prod"),
        description: String::new(),
        readers: Vec::new(),
        scopes: vec!["parameter:/prod".parse().unwrap()],
        codec: Codec::Xc1,
        suite: Suite::Classic,
    };
    vault.create_key(&new, &policy(), now(), &mut |_| {}).unwrap();
    (world, vault)
}

fn refusal<T>(outcome: Result<T, Error>) -> VaultKeyError {
    match outcome {
        Err(Error::Key(error)) => error,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was not refused"),
    }
}

fn read(vault: &Vault<'_>, name: &str) -> Result<(), Error> {
    let found = vault.parameter(&parameter(name), now())?;
    vault.reveal(&found, &found.versions[0]).map(drop)
}

#[test]
fn a_disabled_key_neither_opens_nor_seals_and_members_still_leave() {
    let (world, vault) = with_key();
    let bob = world.join("bob", &["default"]);
    let vault_2 = world.open(&world.alice);
    vault_2.grant(&key("prod"), &["bob".parse().unwrap()], &policy(), now()).unwrap();
    put(&vault_2, "/prod/a", "1");
    drop(vault);
    assert!(vault_2.disable_key(&key("prod"), now()).unwrap());
    assert!(!vault_2.disable_key(&key("prod"), now()).unwrap(), "it is disabled already");
    let again = world.open(&world.alice);
    for vault in [&vault_2, &again, &world.open(&bob)] {
        assert!(matches!(refusal(read(vault, "/prod/a")), VaultKeyError::Disabled(_)));
    }
    let sealing = again.put_parameter(&super::world::secure("/prod/a", "2"), now());
    assert!(matches!(refusal(sealing), VaultKeyError::Disabled(_)));
    let report = again.verify(crate::engine::CheckpointDemand::IfPresent, |_| {}).unwrap();
    assert!(report.findings.is_empty() && report.unread == 1, "{:?}", report.findings);
    again.remove_member(&"bob".parse().unwrap(), &policy(), now(), &mut |_| {}).unwrap();
    assert!(again.enable_key(&key("prod"), now()).unwrap());
    assert_eq!(values(&again, "/prod/a"), ["1"]);
    put(&again, "/prod/a", "2");
    world.assert_valid();
}

#[test]
fn a_key_in_use_is_not_deleted() {
    let (world, vault) = with_key();
    put(&vault, "/prod/a", "1");
    put(&vault, "/prod/b", "1");
    let refused = refusal(vault.schedule_key_deletion(&key("prod"), days(7), now()));
    let VaultKeyError::InUse { documents, .. } = &refused else { panic!("{refused}") };
    assert_eq!(documents, &["/prod/a", "/prod/b"]);
    vault.map_key(&key("default"), &["parameter:/prod".parse().unwrap()], now(), &mut |_| {}).unwrap();
    vault.schedule_key_deletion(&key("prod"), days(7), now()).unwrap();
    assert_eq!(values(&world.open(&world.alice), "/prod/a"), ["1"]);
    let into = vault.map_key(&key("prod"), &["parameter:/x".parse().unwrap()], now(), &mut |_| {});
    assert!(matches!(refusal(into), VaultKeyError::Deleting(..)));
}

#[test]
fn a_deletion_is_undone_within_its_window_and_never_after_it() {
    let (world, vault) = with_key();
    let again = || refusal(vault.schedule_key_deletion(&key("prod"), days(9), now()));
    vault.schedule_key_deletion(&key("prod"), days(7), now()).unwrap();
    assert!(matches!(again(), VaultKeyError::Deleting(..)));
    assert!(matches!(refusal(vault.enable_key(&key("prod"), now())), VaultKeyError::Deleting(..)));
    assert!(vault.restore_key(&key("prod"), days(8)).unwrap(), "late, and nobody has destroyed it");
    assert!(!vault.restore_key(&key("prod"), now()).unwrap(), "it is not marked");
    put(&vault, "/prod/a", "1");
    vault.delete::<crate::model::parameter::Parameter>(&parameter("/prod/a"), now()).unwrap();
    vault.schedule_key_deletion(&key("prod"), days(7), now()).unwrap();
    assert_eq!((vault.keys_due(days(6)), vault.keys_due(days(7))), (vec![], vec![key("prod")]));
    // Any later change of an admin completes it.
    vault.rotate_key(&key("default"), &policy(), days(7)).unwrap();
    let gone = vault.key(&key("prod")).unwrap();
    assert!(gone.is_destroyed() && gone.scopes.is_empty() && vault.keys_due(days(99)).is_empty());
    assert!(vault.key_document(&key("prod")).unwrap().wraps.iter().all(|wrap| wrap.wrapped.is_empty()));
    for refused in [
        refusal(vault.restore_key(&key("prod"), now())),
        refusal(vault.enable_key(&key("prod"), now())),
        again(),
        refusal(vault.rotate_key(&key("prod"), &policy(), now())),
        refusal(vault.map_key(&key("prod"), &[], now(), &mut |_| {})),
    ] {
        assert!(matches!(refused, VaultKeyError::Destroyed(_)), "{refused}");
    }
    put(&vault, "/prod/a", "under the other key");
    world.join("bob", &["default"]);
    let vault = world.open(&world.alice);
    vault.remove_member(&"bob".parse().unwrap(), &policy(), now(), &mut |_| {}).unwrap();
    assert!(vault.key(&key("prod")).unwrap().is_destroyed());
    world.assert_valid();
}

#[test]
fn a_key_that_another_branch_came_to_need_is_kept() {
    let (world, vault) = with_key();
    let elsewhere = world.clone_elsewhere();
    put(&elsewhere.open(&elsewhere.alice), "/prod/a", "1");
    vault.schedule_key_deletion(&key("prod"), days(7), now()).unwrap();
    let path = super::world::parameter_at("/prod/a");
    let merged = world.with(
        world
            .files
            .paths()
            .into_iter()
            .map(|it| (it.clone(), world.files.get(&it).unwrap()))
            .chain([(path.clone(), elsewhere.files.get(&path).unwrap())]),
    );
    let vault = merged.open(&merged.alice);
    let refused = refusal(vault.destroy_key(&key("prod"), days(8)));
    assert!(matches!(&refused, VaultKeyError::InUse { documents, .. } if documents == &["/prod/a"]), "{refused}");
    assert!(matches!(vault.key(&key("prod")).unwrap().state, KeyState::Deleting(_)));
    vault.restore_key(&key("prod"), days(8)).unwrap();
    assert_eq!(values(&vault, "/prod/a"), ["1"]);
}

#[test]
fn destroying_may_stop_after_any_write_and_the_next_change_finishes() {
    let (world, vault) = with_key();
    vault.schedule_key_deletion(&key("prod"), days(7), now()).unwrap();
    let mut stopped = 0;
    for left in 0.. {
        let here = world.clone_elsewhere();
        let rigged = Rigged::new(&here.files, Fault::FullAfter(left));
        if here.open_on(rigged, &here.alice).destroy_key(&key("prod"), days(8)).is_ok() {
            break;
        }
        stopped += 1;
        here.assert_valid();
        let vault = here.open(&here.alice);
        vault.rotate_key(&key("default"), &policy(), days(9)).unwrap();
        assert!(vault.key_document(&key("prod")).unwrap().wraps.iter().all(|wrap| wrap.wrapped.is_empty()));
        assert!(vault.key(&key("prod")).unwrap().versions.iter().all(|it| it.state == VersionState::Destroyed));
        here.assert_valid();
    }
    assert!(stopped > 1, "{stopped}");
}
