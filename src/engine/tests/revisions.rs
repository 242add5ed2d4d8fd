use super::rigged::{Fault, Rigged};
use super::world::{World, now, parameter, parameter_at, put, revision, secure, values};
use crate::engine::Error;
use crate::engine::authority::REV_LIMIT;
use crate::machine::Mark;

#[test]
fn each_write_has_the_next_revision_and_one_that_changes_nothing_has_none() {
    let world = World::new();
    let vault = world.open(&world.alice);
    put(&vault, "/app/a", "1");
    put(&vault, "/app/a", "2");
    assert_eq!(revision(&vault, "/app/a"), 2);
    vault.untag(&parameter("/app/a"), &["nothing".into()], now()).unwrap();
    assert_eq!(revision(&vault, "/app/a"), 2);
}

#[test]
fn a_revision_is_above_what_this_machine_has_seen_of_a_document_that_is_gone() {
    let world = World::new();
    let vault = world.open(&world.alice);
    put(&vault, "/app/a", "1");
    put(&vault, "/app/a", "2");
    vault.finish();
    world.files.unset(&parameter_at("/app/a"));
    let vault = world.open(&world.alice);
    put(&vault, "/app/a", "3");
    assert_eq!(revision(&vault, "/app/a"), 3);
}

#[test]
fn no_revision_is_beyond_the_limit() {
    let world = World::new();
    let vault = world.open(&world.alice);
    put(&vault, "/app/a", "1");
    let path = parameter_at("/app/a");
    let mut last = vault.parameter(&parameter("/app/a"), now()).unwrap();
    last.head.rev = REV_LIMIT;
    let bytes = vault.signed(&path, &last).unwrap();
    world.files.set(&path, bytes.clone());

    let refused = vault.put_parameter(&secure("/app/a", "2"), now());
    assert!(matches!(refused, Err(Error::RevisionLimit(_))), "{refused:?}");
    assert_eq!(world.files.get(&path), Some(bytes), "the document stays as it is");
    assert_eq!(values(&vault, "/app/a"), ["1"]);
}

#[test]
fn no_revision_is_beyond_the_limit_because_of_what_was_seen() {
    let world = World::new();
    let vault = world.open(&world.alice);
    let path = parameter_at("/app/a");
    let mark = Mark { id: [1; 16], rev: REV_LIMIT, hash: [1; 32], path: path.clone() };
    vault.marks.as_ref().unwrap().raise(&[mark]).unwrap();
    let refused = vault.put_parameter(&secure("/app/a", "1"), now());
    assert!(matches!(refused, Err(Error::RevisionLimit(_))), "{refused:?}");
    assert_eq!(world.files.get(&path), None);
}

#[test]
fn what_does_not_read_back_is_an_error_and_is_not_remembered() {
    let world = World::new();
    let path: &'static str = parameter_at("/app/a").leak();
    let vault = world.open_on(Rigged::new(&world.files, Fault::Garbled(path)), &world.alice);
    let failed = vault.put_parameter(&secure("/app/a", "1"), now());
    assert!(matches!(&failed, Err(Error::ReadBack(at)) if at == path), "{failed:?}");
    assert!(vault.take_written().is_empty());
    vault.finish();
    assert_eq!(world.open(&world.alice).seen_at(path).unwrap(), None);
}

#[test]
fn what_was_published_is_remembered_and_reported() {
    let world = World::new();
    let (vault, path) = (world.open(&world.alice), parameter_at("/app/a"));
    put(&vault, "/app/a", "1");
    assert_eq!(vault.take_written(), std::slice::from_ref(&path));
    vault.finish();
    assert_eq!(world.open(&world.alice).seen_at(&path).unwrap().map(|mark| mark.rev), Some(1));
}
