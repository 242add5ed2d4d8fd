use super::world::{World, new_secret, now, parameter, parameter_at, policy, put, secret, secure, values};
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::store::Memory;

/// Everything that lies somewhere.
fn content(files: &Memory) -> Vec<(String, Option<Vec<u8>>)> {
    files.paths().into_iter().map(|path| (path.clone(), files.get(&path))).collect()
}

#[test]
fn a_dry_run_sees_what_it_wrote_and_publishes_and_remembers_nothing() {
    let world = World::new();
    put(&world.open(&world.alice), "/app/a", "1");
    let before = content(&world.files);

    let vault = world.rehearse(&world.alice);
    put(&vault, "/app/a", "2");
    put(&vault, "/app/b", "1");
    vault.delete::<Parameter>(&parameter("/app/a"), now()).unwrap();
    put(&vault, "/app/c", "1");
    vault.create_secret(&secret("db"), &new_secret("1"), now()).unwrap();
    assert_eq!(values(&vault, "/app/b"), ["1"]);
    assert!(vault.find_parameter(&parameter("/app/a"), now()).unwrap().is_none());
    let names = vault.names::<Parameter>().unwrap().whole().unwrap();
    assert_eq!(names, [parameter("/app/b"), parameter("/app/c")]);
    assert_eq!(vault.names::<Secret>().unwrap().whole().unwrap(), [secret("db")]);
    assert!(vault.take_written().is_empty());
    vault.finish();

    assert_eq!(content(&world.files), before);
    let vault = world.open(&world.alice);
    assert!(vault.seen_at(&parameter_at("/app/b")).unwrap().is_none());
    assert_eq!(values(&vault, "/app/a"), ["1"]);
}

#[test]
fn a_dry_run_is_refused_what_the_real_one_is_refused() {
    let world = World::new();
    let bob = world.join("bob", &[]);
    let vault = world.rehearse(&bob);
    let mut new = secure("/app/a", "1");
    vault.put_parameter(&new, now()).unwrap();
    new.request.overwrite = crate::model::parameter::Overwrite::Refuse;
    assert!(vault.put_parameter(&new, now()).is_err(), "it is there by now");
    assert!(vault.remove_member(&"alice".parse().unwrap(), &policy(), now(), &mut |_| {}).is_err());
}

#[test]
fn a_dry_run_of_a_removal_goes_to_its_end_and_moves_no_pin() {
    let world = World::new();
    let bob = world.join("bob", &["default"]);
    put(&world.open(&bob), "/app/a", "1");
    let before = content(&world.files);
    let vault = world.rehearse(&world.alice);
    let pinned = vault.pinned().unwrap();
    let removal = vault.remove_member(&"bob".parse().unwrap(), &policy(), now(), &mut |_| {}).unwrap();
    assert_eq!(removal.signed, ["/app/a"]);
    assert!(vault.trust().member(&"bob".parse().unwrap()).is_none());
    assert_eq!(vault.must_rotate().unwrap().whole().unwrap().len(), 1);
    vault.finish();
    assert_eq!((content(&world.files), world.open(&world.alice).pinned().unwrap()), (before, pinned));
    world.assert_valid();
}
