//! Merging trust snapshots and keys.

use super::*;
use crate::model::head::Head;
use crate::model::id::KeyId;
use crate::model::key::{Codec, Key, KeyState, KeyVersion, Suite};
use crate::model::name::MemberName;
use crate::model::time::Timestamp;
use crate::model::trust::{Former, KeyRule, Member, Role, Trust};
use crate::model::trust_sample::trust;

fn name(text: &str) -> MemberName {
    text.parse().unwrap()
}

fn member(who: &str, role: Role, number: u8) -> Member {
    Member { name: name(who), role, sign: [number; 32], recipients: vec![format!("age1{who}{number}")], write: vec![] }
}

fn base() -> Trust {
    let members = vec![member("ana", Role::Admin, 1), member("bob", Role::Member, 2)];
    let trust = trust(members, vec![rule("default", 1, &["parameter:/", "secret:"])]);
    Trust { rev: 3, label: "acme".into(), ..trust }
}

fn rule(key: &str, floor: u64, scopes: &[&str]) -> KeyRule {
    let id = KeyId([u8::try_from(key.len()).unwrap(); 16]);
    KeyRule { name: key.parse().unwrap(), id, floor, scopes: scopes.iter().map(|it| it.parse().unwrap()).collect() }
}

fn print(member: &Member) -> [u8; 8] {
    [member.sign[0]; 8]
}

fn merged(ours: &Trust, theirs: &Trust) -> Trust {
    let merged = merge_trust(&base(), ours, theirs, None, &print).unwrap().document;
    let other = merge_trust(&base(), theirs, ours, None, &print).unwrap().document;
    let sorted = |trust: &Trust| {
        let mut names: Vec<String> = trust.members.iter().map(|it| format!("{it:?}")).collect();
        names.extend(trust.keys.iter().map(|it| format!("{it:?}")));
        names.sort();
        names
    };
    assert_eq!(sorted(&merged), sorted(&other), "the sides are alike");
    merged
}

fn refused(ours: &Trust, theirs: &Trust, part: &str) {
    let conflicts = merge_trust(&base(), ours, theirs, None, &print).unwrap_err();
    assert!(conflicts.iter().any(|it| it.to_string().contains(part)), "{conflicts:?}");
}

fn with(change: impl FnOnce(&mut Trust)) -> Trust {
    let mut trust = base();
    change(&mut trust);
    trust
}

#[test]
fn both_sides_changes_of_different_things_are_made() {
    let ours = with(|it| {
        it.members.push(member("carol", Role::Member, 3));
        it.keys[0].floor = 4;
    });
    let theirs = with(|it| {
        it.members.retain(|member| member.name != name("bob"));
        it.former.push(Former { name: name("bob"), fingerprint: [2; 8] });
        it.keys[0].floor = 2;
        it.keys[0].scopes.pop();
        it.keys.push(rule("secrets", 1, &["secret:"]));
    });
    let merged = merged(&ours, &theirs);
    let names: Vec<&str> = merged.members.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["ana", "carol"]);
    assert_eq!((merged.keys[0].floor, merged.keys[0].scopes.len(), merged.former.len()), (4, 1, 1));
    assert_eq!(merged.keys[1], rule("secrets", 1, &["secret:"]));
}

#[test]
fn what_both_changed_is_a_conflict_until_a_side_is_named() {
    let ours = with(|it| it.members[1].role = Role::Admin);
    let theirs = with(|it| drop(it.members.pop()));
    refused(&ours, &theirs, "the member `bob`");
    let prefer = |side| merge_trust(&base(), &ours, &theirs, Some(side), &print).unwrap().document.members.len();
    assert_eq!((prefer(Side::Ours), prefer(Side::Theirs)), (2, 1));
    let scope = |key: &str| with(|it| it.keys.push(rule(key, 1, &["parameter:/x"])));
    refused(&scope("one"), &scope("other"), "the key of `parameter:/x`");
}

#[test]
fn who_was_removed_does_not_come_back_by_a_merge() {
    let theirs = with(|it| {
        it.members.pop();
        it.former.push(Former { name: name("bob"), fingerprint: [2; 8] });
    });
    for new in [member("robert", Role::Member, 2), member("bob", Role::Member, 5)] {
        let ours = with(|it| {
            it.members.pop();
            it.members.push(new.clone());
        });
        let conflicts = merge_trust(&base(), &ours, &theirs, None, &print).unwrap_err();
        assert!(!conflicts.is_empty(), "{new:?}");
        assert!(merge_trust(&base(), &ours, &theirs, Some(Side::Ours), &print).is_ok(), "on purpose");
    }
}

#[test]
fn the_rules_of_a_vault_hold_for_the_result() {
    let named = |who: &str| with(|it| it.members.push(member(who, Role::Member, 7)));
    refused(&named("carol"), &named("karl"), "share a key");
    let two = with(|it| it.members[1].role = Role::Admin);
    let conflicts = merge_trust(
        &two,
        &with(|it| it.members[1].role = Role::Member),
        &{
            let mut theirs = two.clone();
            theirs.members[0].role = Role::Member;
            theirs
        },
        None,
        &print,
    );
    assert!(conflicts.unwrap_err().iter().any(|it| it.to_string().contains("no admin")));
    let made = |key: &str, id: u8| with(|it| it.keys.push(KeyRule { id: KeyId([id; 16]), ..rule(key, 1, &[]) }));
    let conflicts = merge_trust(&base(), &made("k", 8), &made("k", 9), Some(Side::Ours), &print);
    assert!(conflicts.is_err(), "no side can be taken");
}

#[test]
fn only_who_keeps_the_right_stands() {
    assert!(may_stand(&name("ana"), &base(), &base()));
    assert!(!may_stand(&name("ana"), &base(), &with(|it| it.members[0].role = Role::Member)));
    assert!(!may_stand(&name("ana"), &base(), &with(|it| it.members[0].sign = [9; 32])));
    assert!(!may_stand(&name("ana"), &base(), &with(|it| drop(it.members.remove(0)))));
    assert!(may_stand(&name("carol"), &base(), &base()), "made an admin by that side");
}

fn version(number: u64, state: KeyState, check: u8) -> KeyVersion {
    KeyVersion {
        number,
        created: Timestamp::from_unix(0),
        state,
        taint: if state == KeyState::Tainted { "known".into() } else { String::new() },
        check: [check; 16],
        seal: String::new(),
        wrapped: String::new(),
    }
}

fn key(readers: &[&str], versions: Vec<KeyVersion>) -> Key {
    Key {
        id: KeyId([1; 16]),
        name: "default".parse().unwrap(),
        head: Head::new(2, 1, Timestamp::from_unix(9), name("ana")),
        description: String::new(),
        codec: Codec::Xc1,
        suite: Suite::Classic,
        current: versions.last().map_or(0, |it| it.number),
        readers: readers.iter().map(|it| name(it)).collect(),
        versions,
    }
}

#[test]
fn a_key_has_the_versions_and_the_readers_of_both() {
    let one = |readers: &[&str]| key(readers, vec![version(1, KeyState::Enabled, 1)]);
    let base = one(&["ana", "bob"]);
    let ours = key(&["ana"], vec![version(1, KeyState::Tainted, 1), version(2, KeyState::Enabled, 2)]);
    let theirs = one(&["ana", "bob", "dave"]);
    for (ours, theirs) in [(&ours, &theirs), (&theirs, &ours)] {
        let merged = merge_keys(Some(&base), ours, theirs, None).unwrap().document;
        let readers: Vec<&str> = merged.key.readers.iter().map(MemberName::as_str).collect();
        assert!(readers.contains(&"dave") && readers.contains(&"ana") && readers.len() == 2, "{readers:?}");
        assert_eq!(
            (merged.key.current, merged.key.versions[0].state, merged.left),
            (2, KeyState::Tainted, vec![name("bob")])
        );
    }
}

#[test]
fn two_versions_of_one_number_are_never_mixed() {
    let side = |check| key(&["ana"], vec![version(1, KeyState::Enabled, 1), version(2, KeyState::Enabled, check)]);
    let conflicts = merge_keys(None, &side(3), &side(4), None).unwrap_err();
    assert!(conflicts[0].to_string().contains("version 2"), "{conflicts:?}");
    let merged = merge_keys(None, &side(3), &side(4), Some(Side::Theirs)).unwrap();
    assert_eq!(merged.document.key.versions[1].check, [4; 16]);
    assert_eq!(merged.notes.len(), 1);
}
