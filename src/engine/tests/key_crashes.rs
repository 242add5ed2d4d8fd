//! Changes of members and keys that stop after any of their writes: the vault is valid, `unfinished_keys` says what is left, and
//! the same command, or `finish_keys`, finishes.

use super::rigged::{Fault, Rigged};
use super::world::{Person, World, now, parameter, policy, put, reader_of, values};
use crate::crypto::wrap::unwrap;
use crate::engine::error::Result;
use crate::engine::{OldKeys, Vault};
use crate::model::name::KeyName;
use crate::model::team::Return;

fn key() -> KeyName {
    "default".parse().unwrap()
}

/// A change by alice that concerns bob.
struct Change {
    what: &'static str,
    /// Whether bob is a reader before.
    reads: Option<bool>,
    /// Whether he is one afterwards.
    will_read: bool,
    run: fn(&Vault<'_>, &Person) -> Result<()>,
}

const CHANGES: [Change; 6] = [
    Change {
        what: "grant",
        reads: Some(false),
        will_read: true,
        run: |vault, bob| vault.grant(&key(), &[bob.name.parse().unwrap()], &policy(), now()).map(drop),
    },
    Change {
        what: "revoke",
        reads: Some(true),
        will_read: false,
        run: |vault, bob| vault.revoke(&key(), &[bob.name.parse().unwrap()], &policy(), now()),
    },
    Change {
        what: "rotate",
        reads: Some(true),
        will_read: true,
        run: |vault, _| vault.rotate_key(&key(), &policy(), now()),
    },
    Change {
        what: "member add",
        reads: None,
        will_read: true,
        run: |vault, bob| vault.add_member(&bob.request(), &reader_of(&["default"]), &policy(), now()).map(drop),
    },
    Change {
        what: "member rm",
        reads: Some(true),
        will_read: false,
        run: |vault, bob| vault.remove_member(&bob.name.parse().unwrap(), &policy(), now(), &mut |_| {}).map(drop),
    },
    Change { what: "new keys", reads: Some(true), will_read: true, run: new_keys },
];

/// Bob has lost his old keys to somebody.
fn new_keys(vault: &Vault<'_>, bob: &Person) -> Result<()> {
    vault.replace_keys(&bob.request(), OldKeys::Compromised, Return::Refused, &policy(), now(), &mut |_| {}).map(drop)
}

/// A vault with a value, where bob is what the change requires.
fn before(change: &Change) -> (World, Person) {
    let world = World::new();
    let bob = match change.reads {
        None => Person::new("bob"),
        Some(true) => world.join("bob", &["default"]),
        Some(false) => world.join("bob", &[]),
    };
    put(&world.open(&world.alice), "/app/a", "old");
    if change.reads == Some(true) && change.what != "rotate" {
        put(&world.open(&bob), "/app/of-bob", "old");
    }
    let later = if change.what == "new keys" { Person::new("bob") } else { bob };
    (world, later)
}

/// Whether a wrap in the key's document opens for somebody.
fn opens_some(world: &World, who: &Person) -> bool {
    let document = world.open(&world.alice).key_document(&key()).unwrap();
    document.wraps.iter().any(|wrap| unwrap(&wrap.wrapped, &who.identity()).is_ok())
}

/// What `unfinished_keys` says is what bob finds.
fn is_explained(world: &World, bob: &Person, what: &str) {
    let vault = world.open(&world.alice);
    let unfinished = vault.unfinished_keys().unwrap();
    let is_reader = vault.key(&key()).unwrap().readers.iter().any(|reader| reader.as_str() == bob.name);
    let has_these_keys = vault.trust().members.iter().any(|it| it.recipients == bob.identity().recipients());
    let waits = is_reader && has_these_keys && world.open(bob).require_opened(&key()).is_err();
    let is_said = unfinished.iter().any(|it| it.unwrapped.iter().any(|reader| reader.as_str() == bob.name));
    assert_eq!(waits, is_said, "{what}: {unfinished:?}");
    let (stated, document) = (vault.key(&key()).unwrap(), vault.key_document(&key()).unwrap());
    let opens = |number: u64| document.wrap(number).is_some_and(|wrap| unwrap(&wrap.wrapped, &bob.identity()).is_ok());
    let is_left = !is_reader && stated.openable().any(|version| opens(version.number));
    assert!(!is_left || unfinished.iter().any(|it| it.overwrapped), "{what}: {unfinished:?}");
    let seals = stated.seals();
    assert_eq!(unfinished.iter().any(|it| it.sealless), !seals, "{what}: {unfinished:?}");
}

fn is_finished(change: &Change, world: &World, bob: &Person, what: &str) {
    let vault = world.open(&world.alice);
    assert_eq!(vault.unfinished_keys().unwrap(), [], "{what}");
    assert_eq!(values(&vault, "/app/a"), ["old"], "{what}");
    put(&vault, "/app/new", "new");
    let opened = vault.parameter(&parameter("/app/new"), now()).unwrap();
    assert_eq!(opens_some(world, bob), change.will_read, "{what}");
    if change.will_read {
        let his = world.open(bob);
        assert_eq!(
            (values(&his, "/app/a"), values(&his, "/app/new")),
            (vec!["old".into()], vec!["new".into()]),
            "{what}"
        );
    } else {
        // He has a copy of the vault with whatever was ever in it; the new version is in none.
        let version = vault.key(&key()).unwrap().current;
        assert!(vault.reveal(&opened, &opened.versions[0]).is_ok() && version >> 63 == 1, "{what}");
    }
    world.assert_valid();
}

/// Runs a change with a full disk after each of its writes. `finish` is what the person does afterwards.
fn fail_everywhere(change: &Change, finish: impl Fn(&Vault<'_>, &Person)) -> usize {
    let (world, bob) = before(change);
    for left in 0.. {
        let here = world.clone_elsewhere();
        let rigged = Rigged::new(&here.files, Fault::FullAfter(left));
        let what = format!("{}, full after {left}", change.what);
        if (change.run)(&here.open_on(rigged, &here.alice), &bob).is_ok() {
            is_finished(change, &here, &bob, &what);
            return left;
        }
        here.assert_valid();
        is_explained(&here, &bob, &what);
        assert_eq!(values(&here.open(&here.alice), "/app/a"), ["old"], "{what}");
        finish(&here.open(&here.alice), &bob);
        is_finished(change, &here, &bob, &what);
    }
    unreachable!("some change ends")
}

#[test]
fn the_same_command_finishes_what_stopped_after_any_write() {
    for change in &CHANGES {
        let writes = fail_everywhere(change, |vault, bob| {
            // A revocation that is already in the chain names no reader any more; it still takes the wraps.
            let again = (change.run)(vault, bob);
            assert!(again.is_ok() || change.what == "revoke", "{}: {again:?}", change.what);
        });
        assert!(writes > 1, "{}", change.what);
        println!("{}: {writes} writes", change.what);
    }
}

#[test]
fn finish_keys_finishes_what_the_chain_already_says() {
    for change in &CHANGES {
        fail_everywhere(change, |vault, bob| {
            vault.finish_keys(&policy(), now()).unwrap();
            let is_said = vault.unfinished_keys().unwrap();
            assert_eq!(is_said, [], "{}", change.what);
            let _ = (change.run)(vault, bob);
        });
    }
}
