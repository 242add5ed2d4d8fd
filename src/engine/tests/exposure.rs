use super::world::{World, new_secret, new_value, now, parameter, policy, put, secret, values};
use crate::engine::Vault;
use crate::model::key::VersionState;
use crate::model::name::KeyName;
use crate::model::secret::RotationTerms;

fn key() -> KeyName {
    "default".parse().unwrap()
}

fn exposed(vault: &Vault<'_>) -> Vec<String> {
    vault.must_rotate().unwrap().whole().unwrap().into_iter().map(|exposed| exposed.name).collect()
}

/// A vault where bob could read two values and cannot any more, opened by alice.
fn revoked() -> (World, Vault<'static>) {
    let world = World::new();
    let bob = world.join("bob", &["default"]);
    let vault = world.open(&world.alice);
    put(&vault, "/app/a", "old");
    vault.create_secret(&secret("db"), &new_secret("old"), now()).unwrap();
    assert!(exposed(&vault).is_empty());
    vault.revoke(&key(), &[bob.name.parse().unwrap()], &policy(), now()).unwrap();
    let again = world.open(&bob);
    let old = again.parameter(&parameter("/app/a"), now()).unwrap();
    assert_eq!(values(&vault, "/app/a"), ["old"]);
    put(&vault, "/app/new", "new");
    let new = again.parameter(&parameter("/app/new"), now()).unwrap();
    assert!(again.reveal(&old, &old.versions[0]).is_err(), "a reader who left opens no wrap");
    assert!(again.reveal(&new, &new.versions[0]).is_err());
    (world, vault)
}

#[test]
fn a_revoke_taints_the_versions_of_before() {
    let (_world, vault) = revoked();
    let key = vault.key(&key()).unwrap();
    let [old, new] = &key.versions[..] else { panic!("{key:?}") };
    assert!(!old.taint.is_empty() && new.taint.is_empty());
    assert_eq!([old.state, new.state], [VersionState::Tainted, VersionState::Enabled]);
    assert_eq!((key.current, key.seals()), (new.number, true));
    assert_eq!(exposed(&vault), ["/app/a", "db"]);
}

#[test]
fn what_is_sealed_again_stays_exposed() {
    let (world, vault) = revoked();
    assert_eq!(vault.reencrypt(&key(), now(), &mut |_| {}).unwrap(), 2);
    let parameter = vault.parameter(&parameter("/app/a"), now()).unwrap();
    let version = &parameter.versions[0];
    assert!(version.exposed);
    assert_eq!(exposed(&vault), ["/app/a", "db"]);
    assert_eq!(vault.reencrypt(&key(), now(), &mut |_| {}).unwrap(), 0, "once is enough");
    world.assert_valid();
}

#[test]
fn only_another_value_ends_an_exposure() {
    for reencrypt_first in [false, true] {
        let (_world, vault) = revoked();
        if reencrypt_first {
            vault.reencrypt(&key(), now(), &mut |_| {}).unwrap();
        }
        let store = |value| vault.put_secret_value(&secret("db"), &new_value(value), None, None, None, now()).unwrap();
        put(&vault, "/app/a", "old");
        store("old");
        assert_eq!(exposed(&vault), ["/app/a", "db"], "the same value again is as known as before");
        put(&vault, "/app/a", "new");
        assert_eq!(exposed(&vault), ["db"]);
        store("new");
        assert!(exposed(&vault).is_empty());
        put(&vault, "/app/a", "old");
        assert_eq!(exposed(&vault), ["/app/a"], "the value of before comes back exposed");
    }
}

#[test]
fn a_label_keeps_a_known_value_in_use() {
    let (_world, vault) = revoked();
    let label = |version| vault.label(&parameter("/app/a"), Some(version), &["live".into()], now()).unwrap();
    label(1);
    put(&vault, "/app/a", "new");
    let known = || vault.must_rotate().unwrap().whole().unwrap();
    assert_eq!(known()[0].labels, ["live"]);
    label(2);
    assert_eq!(exposed(&vault), ["db"]);
}

#[test]
fn where_two_users_take_turns_the_login_before_must_be_replaced_too() {
    for (users, left) in [("single", 0), ("alternating", 1)] {
        let (_world, vault) = revoked();
        put(&vault, "/app/a", "new");
        let options = [("users".to_owned(), users.to_owned())].into();
        let terms = RotationTerms { hook: "turns.sh".parse().unwrap(), admin: None, options, rules: None };
        vault.configure_rotation(&secret("db"), &terms, now()).unwrap();
        let store = |value| vault.put_secret_value(&secret("db"), &new_value(value), None, None, None, now()).unwrap();
        let known = || vault.must_rotate().unwrap().whole().unwrap();
        assert!(known().len() == 1 && known()[0].labels.is_empty());
        store("new");
        assert_eq!(known().iter().filter(|it| it.labels == ["AWSPREVIOUS"]).count(), left, "{users}");
        assert_eq!(vault.exposed_secrets().unwrap().found.len(), left, "{users}");
        store("newest");
        assert!(known().is_empty(), "{users}");
    }
}

#[test]
fn a_copy_and_another_name_of_an_exposed_value_are_exposed() {
    let (_world, vault) = revoked();
    let copy = |from: &str, to: &str| {
        let (select, overwrite) =
            (crate::model::parameter::Selector::Latest, crate::model::parameter::Overwrite::Refuse);
        vault.copy(&parameter(from), &select, &parameter(to), overwrite, now()).unwrap();
    };
    copy("/app/a", "/app/copy");
    vault.rename(&parameter("/app/a"), &parameter("/app/b"), now()).unwrap();
    assert_eq!(exposed(&vault), ["/app/b", "/app/copy", "db"]);
}
