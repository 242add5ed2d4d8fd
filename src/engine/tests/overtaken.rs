use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::rigged::{Fault, Rigged};
use super::world::{World, now, parameter_at, put, revision, secure, values};
use crate::engine::{Error, Vault};

/// The vault of alice, where bob's commits with new values arrive while she writes: as many as `times`. Says how often they did.
fn overtaken(world: &World, name: &'static str, times: usize) -> (Vault<'static>, Arc<AtomicUsize>) {
    let bob = world.join("bob", &["default"]);
    let elsewhere = world.clone_elsewhere();
    let arrived = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&arrived);
    let rival = move |files: &crate::store::Memory| {
        if counted.load(Ordering::SeqCst) < times {
            let number = counted.fetch_add(1, Ordering::SeqCst) + 1;
            put(&elsewhere.open(&bob), name, &format!("bob {number}"));
            let path = parameter_at(name);
            files.set(&path, elsewhere.files.get(&path).unwrap());
        }
    };
    let rigged = Rigged::new(&world.files, Fault::Overtaken(Box::new(rival)));
    (world.open_on(rigged, &world.alice), arrived)
}

#[test]
fn a_change_is_made_again_on_what_somebody_else_has_written_meanwhile() {
    let world = World::new();
    put(&world.open(&world.alice), "/app/a", "first");
    let (vault, arrived) = overtaken(&world, "/app/a", 2);
    put(&vault, "/app/a", "alice");
    assert_eq!(arrived.load(Ordering::SeqCst), 2);
    assert_eq!(values(&vault, "/app/a"), ["first", "bob 1", "bob 2", "alice"], "nothing is lost");
    assert_eq!(revision(&vault, "/app/a"), 4);
    world.assert_valid();
}

#[test]
fn a_creation_is_made_again_where_somebody_else_has_created_it() {
    let world = World::new();
    let (vault, _) = overtaken(&world, "/app/a", 1);
    put(&vault, "/app/a", "alice");
    assert_eq!(values(&vault, "/app/a"), ["bob 1", "alice"]);
}

#[test]
fn a_rule_decides_anew_about_what_somebody_else_has_written() {
    let world = World::new();
    let (vault, _) = overtaken(&world, "/app/a", 1);
    let mut new = secure("/app/a", "alice");
    new.request.overwrite = crate::model::parameter::Overwrite::Refuse;
    let refused = vault.put_parameter(&new, now());
    assert!(matches!(refused, Err(Error::Parameter { .. })), "{refused:?}");
    assert_eq!(values(&vault, "/app/a"), ["bob 1"]);
}

#[test]
fn a_change_that_is_overtaken_again_and_again_gives_up() {
    let world = World::new();
    put(&world.open(&world.alice), "/app/a", "first");
    let (vault, arrived) = overtaken(&world, "/app/a", usize::MAX);
    let failed = vault.put_parameter(&secure("/app/a", "alice"), now()).unwrap_err();
    assert!(failed.is_overtaken(), "{failed}");
    let arrived = arrived.load(Ordering::SeqCst);
    assert!((2..=10).contains(&arrived), "{arrived}");
    let values = values(&vault, "/app/a");
    assert_eq!((values.len(), values.last().unwrap()), (arrived + 1, &format!("bob {arrived}")));
    assert!(vault.take_written().is_empty());
}
