use std::collections::BTreeMap;

use super::world::{
    World, new_secret, new_value, now, parameter, parameter_at, policy, put, secret, secret_at, values,
};
use crate::engine::{MergeOutcome, Sides, Vault};
use crate::model::merge::Side;

/// The states of one file that are merged.
struct Fork {
    path: String,
    base: Option<Vec<u8>>,
    ours: Vec<u8>,
    theirs: Vec<u8>,
}

/// Lets both sides work on copies of one vault.
fn fork(world: &World, path: String, ours: impl Fn(&Vault<'_>), theirs: impl Fn(&Vault<'_>)) -> Fork {
    let elsewhere = world.clone_elsewhere();
    let base = world.files.get(&path);
    ours(&world.open(&world.alice));
    theirs(&elsewhere.open(&elsewhere.alice));
    let (ours, theirs) = (world.files.get(&path).unwrap(), elsewhere.files.get(&path).unwrap());
    Fork { path, base, ours, theirs }
}

impl Fork {
    fn merge(&self, vault: &Vault<'_>, prefer: Option<Side>) -> MergeOutcome {
        let sides = Sides::new(self.base.as_deref(), &self.ours, &self.theirs);
        vault.merge(&self.path, sides, prefer, Some(&policy())).unwrap()
    }

    /// Merges, and puts the outcome into its place.
    fn settle(&self, vault: &Vault<'_>, prefer: Option<Side>) {
        match self.merge(vault, prefer) {
            MergeOutcome::Merged { bytes, .. } => vault.place_merged(&[(self.path.clone(), bytes)], now()).unwrap(),
            MergeOutcome::Conflicts(conflicts) => panic!("{conflicts:?}"),
        }
    }
}

fn tags(key: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(key.to_owned(), "1".to_owned())])
}

/// A parameter that got another version on our side and a tag on theirs.
fn version_and_tag(world: &World) -> Fork {
    put(&world.open(&world.alice), "/app/a", "1");
    let tag = |vault: &Vault<'_>| vault.tag(&parameter("/app/a"), &tags("team"), now()).unwrap();
    fork(world, parameter_at("/app/a"), |vault| put(vault, "/app/a", "2"), tag)
}

#[test]
fn a_parameter_gets_the_new_version_of_one_side_and_the_tag_of_the_other() {
    let world = World::new();
    let fork = version_and_tag(&world);
    let vault = world.open(&world.alice);
    fork.settle(&vault, None);
    assert_eq!(values(&vault, "/app/a"), ["1", "2"]);
    let merged = vault.parameter(&parameter("/app/a"), now()).unwrap();
    assert_eq!((merged.tags, merged.head.rev), (tags("team"), 3), "above both sides");
    world.assert_valid();
}

#[test]
fn two_values_for_one_tag_are_a_conflict_until_a_side_is_preferred() {
    let world = World::new();
    put(&world.open(&world.alice), "/app/a", "1");
    let tag = |value: &'static str| {
        let tags = BTreeMap::from([("team".to_owned(), value.to_owned())]);
        move |vault: &Vault<'_>| vault.tag(&parameter("/app/a"), &tags, now()).unwrap()
    };
    let fork = fork(&world, parameter_at("/app/a"), tag("red"), tag("blue"));
    let vault = world.open(&world.alice);
    assert!(matches!(fork.merge(&vault, None), MergeOutcome::Conflicts(conflicts) if conflicts.len() == 1));
    fork.settle(&vault, Some(Side::Theirs));
    assert_eq!(vault.parameter(&parameter("/app/a"), now()).unwrap().tags["team"], "blue");
}

#[test]
fn a_merge_is_not_remembered_before_it_is_read() {
    let world = World::new();
    let fork = version_and_tag(&world);
    let vault = world.open(&world.alice);
    fork.settle(&vault, None);
    assert_eq!(vault.take_written(), std::slice::from_ref(&fork.path));
    vault.finish();
    assert!(world.open(&world.alice).seen_at(&fork.path).unwrap().is_none_or(|mark| mark.rev < 3));
    // The merge was given up: our side is still what it was.
    world.files.set(&fork.path, fork.ours.clone());
    assert_eq!(values(&world.open(&world.alice), "/app/a"), ["1", "2"]);
}

#[test]
fn a_secret_gets_the_new_value_of_one_side_and_the_description_of_the_other() {
    let world = World::new();
    world.open(&world.alice).create_secret(&secret("db"), &new_secret("1"), now()).unwrap();
    let store = |vault: &Vault<'_>| {
        vault.put_secret_value(&secret("db"), &new_value("2"), None, None, None, now()).unwrap();
    };
    let describe = |vault: &Vault<'_>| {
        vault.revise_secret(&secret("db"), Some("the database"), None, None, None, now()).unwrap();
    };
    let fork = fork(&world, secret_at("db"), store, describe);
    let vault = world.open(&world.alice);
    fork.settle(&vault, None);
    let merged = vault.secret(&secret("db")).unwrap();
    assert_eq!((merged.description.as_str(), merged.versions.len(), merged.head.rev), ("the database", 2, 3));
    world.assert_valid();
}

#[test]
fn of_two_anchors_the_longer_one_stays_and_two_of_one_length_are_a_conflict() {
    let world = World::new();
    let end = |size: u64, hash: u8| crate::machine::Head { log: "ab".repeat(16), size, hash: [hash; 32] };
    let anchored = |vault: &Vault<'_>, size: u64, hash: u8| {
        assert!(vault.anchor_log(&end(size, hash), "1000 alice@laptop", now()).unwrap().is_some());
    };
    let path = format!("anchors/{}.yaml", "ab".repeat(16));
    let longer = fork(&world, path.clone(), |vault| anchored(vault, 7, 1), |vault| anchored(vault, 9, 2));
    let vault = world.open(&world.alice);
    let MergeOutcome::Merged { bytes, .. } = longer.merge(&vault, None) else { panic!("a longer one wins") };
    assert_eq!(bytes, longer.theirs);
    let rewritten = fork(&world, path, |vault| anchored(vault, 9, 1), |vault| anchored(vault, 9, 2));
    assert!(matches!(rewritten.merge(&vault, None), MergeOutcome::Conflicts(_)));
    rewritten.settle(&vault, Some(Side::Ours));
    assert_eq!(vault.anchors().unwrap().found[0].hash, [1; 32]);
    // It neither falls nor changes, and nothing is written for what it says already.
    assert!(vault.anchor_log(&end(9, 1), "", now()).unwrap().is_none());
    assert!(vault.anchor_log(&end(8, 1), "", now()).is_err() && vault.anchor_log(&end(9, 2), "", now()).is_err());
    let bob = world.join("bob", &["default"]);
    assert!(world.open(&bob).anchor_log(&end(12, 3), "", now()).is_err(), "it is alice's");
}
