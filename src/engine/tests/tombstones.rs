use super::rigged::{Fault, Rigged};
use super::world::{World, new_secret, now, parameter, parameter_at, put, revision, secret, secret_at, secure, values};
use crate::engine::{Error, Import};
use crate::format::path::gone_path;
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::model::time::Timestamp;

fn names(world: &World) -> Vec<String> {
    let names = world.open(&world.alice).names::<Parameter>().unwrap().whole().unwrap();
    names.iter().map(ToString::to_string).collect()
}

#[test]
fn a_tombstone_has_its_hint_before_it_and_loses_it_after_the_name_is_used_again() {
    let world = World::new();
    let rigged = Rigged::sound(&world.files);
    let vault = world.open_on(rigged.clone(), &world.alice);
    let (path, hint) = (parameter_at("/app/a"), gone_path(&parameter_at("/app/a")));

    put(&vault, "/app/a", "1");
    assert_eq!(rigged.take_published(), std::slice::from_ref(&path), "what was no tombstone has no hint to lose");
    vault.delete::<Parameter>(&parameter("/app/a"), now()).unwrap();
    assert_eq!(rigged.take_published(), [hint.clone(), path.clone()]);
    assert!(names(&world).is_empty());
    put(&vault, "/app/a", "2");
    assert_eq!(rigged.take_published(), [path, format!("-{hint}")]);
    assert_eq!((names(&world), world.files.get(&hint)), (vec!["/app/a".to_owned()], None));
    assert_eq!(revision(&vault, "/app/a"), 3, "revisions go on over a tombstone");
}

#[test]
fn a_hint_too_many_hides_no_document() {
    let world = World::new();
    put(&world.open(&world.alice), "/app/a", "1");
    let vault = world.open_on(Rigged::new(&world.files, Fault::FullAfter(1)), &world.alice);
    assert!(matches!(vault.delete::<Parameter>(&parameter("/app/a"), now()), Err(Error::Store(_))));
    assert!(world.files.get(&gone_path(&parameter_at("/app/a"))).is_some());
    assert_eq!(names(&world), ["/app/a"]);
    world.assert_valid();
}

#[test]
fn a_hint_that_cannot_be_removed_is_no_error_and_keeps_nothing_from_being_written() {
    let world = World::new();
    let vault = world.open(&world.alice);
    put(&vault, "/app/a", "1");
    vault.delete::<Parameter>(&parameter("/app/a"), now()).unwrap();
    let vault = world.open_on(Rigged::new(&world.files, Fault::FullAfter(2)), &world.alice);
    let imports = ["/app/a", "/app/b"].map(|name| Import::Parameter(vec![secure(name, "2")]));
    vault.import(&imports, now(), &mut |_| {}).unwrap();
    assert!(world.files.get(&gone_path(&parameter_at("/app/a"))).is_some());
    assert_eq!((names(&world), values(&vault, "/app/b")), (vec!["/app/a".into(), "/app/b".into()], vec!["2".into()]));
}

#[test]
fn a_secret_that_is_deleted_leaves_a_tombstone_too() {
    let world = World::new();
    let rigged = Rigged::sound(&world.files);
    let vault = world.open_on(rigged.clone(), &world.alice);
    let path = secret_at("db");
    vault.create_secret(&secret("db"), &new_secret("1"), now()).unwrap();
    rigged.take_published();
    vault.delete::<Secret>(&secret("db"), now()).unwrap();
    assert_eq!(rigged.take_published(), [gone_path(&path), path]);
    assert!(vault.find::<Secret>(&secret("db")).unwrap().is_none());
    assert!(vault.names::<Secret>().unwrap().whole().unwrap().is_empty());
}

#[test]
fn only_what_has_come_due_is_purged() {
    let world = World::new();
    let vault = world.open(&world.alice);
    let later = Timestamp::from_unix(now().unix() + 8 * 86_400);
    put(&vault, "/app/a", "1");
    vault.create_secret(&secret("db"), &new_secret("1"), now()).unwrap();
    vault.schedule_deletion(&secret("db"), 7, now()).unwrap();
    assert!(!vault.purge::<Parameter>(&parameter("/app/a"), later).unwrap(), "a parameter without an expiration");
    assert!(!vault.purge::<Secret>(&secret("db"), now()).unwrap(), "before the recovery window is over");
    assert_eq!(vault.purges_due::<Secret>(later).unwrap().found, [secret("db")]);
    assert!(vault.purge::<Secret>(&secret("db"), later).unwrap());
    assert!(!vault.purge::<Secret>(&secret("db"), later).unwrap(), "somebody was faster");
    assert!(matches!(vault.delete::<Secret>(&secret("db"), later), Err(Error::NotFound { .. })));
}
