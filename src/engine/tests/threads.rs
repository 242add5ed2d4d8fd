use std::thread;

use super::world::{World, now, put, revision, secure, values};
use crate::engine::Error;
use crate::model::parameter::Parameter;

const PUTS: usize = 10;

#[test]
fn two_members_who_put_at_once_lose_nothing() {
    let world = World::new();
    let bob = world.join("bob", &["default"]);
    let (ours, theirs) = (world.open(&world.alice), world.open(&bob));
    thread::scope(|scope| {
        for (vault, who) in [(&ours, "alice"), (&theirs, "bob")] {
            scope.spawn(move || (0..PUTS).for_each(|n| put(vault, "/app/a", &format!("{who} {n}"))));
        }
    });
    let values = values(&ours, "/app/a");
    assert_eq!(values.len(), 2 * PUTS);
    for who in ["alice", "bob"] {
        let own: Vec<&String> = values.iter().filter(|value| value.starts_with(who)).collect();
        let meant: Vec<String> = (0..PUTS).map(|n| format!("{who} {n}")).collect();
        assert_eq!(own, meant.iter().collect::<Vec<_>>());
    }
    assert_eq!(revision(&ours, "/app/a"), 2 * PUTS as u64);
    world.assert_valid();
}

#[test]
fn one_open_vault_serves_many_threads() {
    let world = World::new();
    let vault = world.open(&world.alice);
    put(&vault, "/app/shared", "0");
    thread::scope(|scope| {
        for number in 0..4 {
            let vault = &vault;
            scope.spawn(move || {
                for n in 0..PUTS {
                    let own = format!("/app/own{number}");
                    put(vault, &own, &n.to_string());
                    assert_eq!(values(vault, &own).len(), n + 1);
                    put(vault, "/app/shared", &format!("{number} {n}"));
                    assert!(!values(vault, "/app/shared").is_empty());
                }
            });
        }
    });
    assert_eq!(values(&vault, "/app/shared").len(), 4 * PUTS + 1);
    assert_eq!(vault.names::<Parameter>().unwrap().whole().unwrap().len(), 5);
    vault.finish();
    world.assert_valid();
}

#[test]
fn who_opened_the_vault_before_the_team_changed_looks_again_before_writing() {
    let world = World::new();
    let bob = world.join("bob", &["default"]);
    let mut vault = world.open(&bob);
    let seen = vault.files.seen();
    assert!(!vault.files.changed_since(&seen));
    world.join("carol", &["default"]);
    assert!(vault.files.changed_since(&seen));
    let refused = vault.put_parameter(&secure("/app/a", "1"), now());
    assert!(matches!(refused, Err(Error::TrustMoved)), "{refused:?}");
    vault.refresh().unwrap();
    put(&vault, "/app/a", "1");
    assert!(vault.trust().member(&"carol".parse().unwrap()).is_some());
}
