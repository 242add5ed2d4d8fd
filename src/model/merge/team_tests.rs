//! Merging trust snapshots and keys.

use std::collections::BTreeSet;

use super::*;
use crate::model::head::Head;
use crate::model::id::KeyId;
use crate::model::key::{Key, KeyDocument, KeyState, VersionState, Wrap};
use crate::model::name::MemberName;
use crate::model::time::Timestamp;
use crate::model::trust::{Former, Member, Role, Trust};
use crate::model::trust_sample::trust;

fn name(text: &str) -> MemberName {
    text.parse().unwrap()
}

fn member(who: &str, role: Role, number: u8) -> Member {
    Member { name: name(who), role, sign: [number; 32], recipients: vec![format!("age1{who}{number}")], write: vec![] }
}

fn base() -> Trust {
    let members = vec![member("ana", Role::Admin, 1), member("bob", Role::Member, 2)];
    let trust = trust(members, vec![rule("default", &["parameter:/", "secret:"])]);
    Trust { rev: 3, label: "acme".into(), ..trust }
}

fn rule(key: &str, scopes: &[&str]) -> Key {
    let id = KeyId([u8::try_from(key.len()).unwrap(); 16]);
    Key { id, ..crate::model::trust_sample::key(key, &[1], scopes) }
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
    });
    let theirs = with(|it| {
        it.members.retain(|member| member.name != name("bob"));
        it.former.push(Former { name: name("bob"), fingerprint: [2; 8] });
        it.keys[0].scopes.pop();
        it.keys.push(rule("secrets", &["secret:"]));
    });
    let merged = merged(&ours, &theirs);
    let names: Vec<&str> = merged.members.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["ana", "carol"]);
    assert_eq!((merged.keys[0].scopes.len(), merged.former.len()), (1, 1));
    assert_eq!(merged.keys[1], rule("secrets", &["secret:"]));
}

#[test]
fn what_both_changed_is_a_conflict_until_a_side_is_named() {
    let ours = with(|it| it.members[1].role = Role::Admin);
    let theirs = with(|it| drop(it.members.pop()));
    refused(&ours, &theirs, "the member `bob`");
    let prefer = |side| merge_trust(&base(), &ours, &theirs, Some(side), &print).unwrap().document.members.len();
    assert_eq!((prefer(Side::Ours), prefer(Side::Theirs)), (2, 1));
    let scope = |key: &str| with(|it| it.keys.push(rule(key, &["parameter:/x"])));
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
    let made = |key: &str, id: u8| with(|it| it.keys.push(Key { id: KeyId([id; 16]), ..rule(key, &[]) }));
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

fn wraps(wraps: &[(u64, &str)]) -> KeyDocument {
    let wrap = |(number, text): &(u64, &str)| Wrap { number: *number, recipients: vec![], wrapped: (*text).to_owned() };
    KeyDocument {
        id: KeyId([1; 16]),
        name: "default".parse().unwrap(),
        head: Head::new(2, 1, Timestamp::from_unix(9), name("ana")),
        wraps: wraps.iter().map(wrap).collect(),
        stated: None,
    }
}

#[test]
fn a_key_s_document_has_the_wraps_of_both() {
    let base = wraps(&[(1, "old")]);
    let (ours, theirs) = (wraps(&[(1, "granted"), (2, "mine")]), wraps(&[(1, "old"), (3, "theirs")]));
    for (ours, theirs) in [(&ours, &theirs), (&theirs, &ours)] {
        let merged = merge_keys(Some(&base), ours, theirs, None).unwrap().document;
        let texts: Vec<(u64, &str)> =
            merged.document.wraps.iter().map(|wrap| (wrap.number, wrap.wrapped.as_str())).collect();
        assert_eq!(texts, [(1, "granted"), (2, "mine"), (3, "theirs")]);
        assert!(merged.both.is_empty());
    }
    let merged = merge_keys(Some(&base), &ours, &wraps(&[(1, "other")]), None).unwrap().document;
    assert_eq!(merged.both, [1], "somebody who reads it wraps it again");
}

/// The key of a trust state in which these read it, with versions and those of them that are tainted.
fn state(readers: &[&str], versions: &[u64], tainted: &[u64]) -> Trust {
    let mut key = crate::model::trust_sample::key("default", versions, &["parameter:/", "secret:"]);
    for version in key.versions.iter_mut().filter(|version| tainted.contains(&version.number)) {
        version.state = VersionState::Tainted;
    }
    key.readers = readers.iter().map(|reader| name(reader)).collect();
    with(|trust| {
        trust.members.extend([member("carol", Role::Member, 3), member("dave", Role::Member, 4)]);
        trust.keys = vec![key];
    })
}

fn merged_key(base: &Trust, ours: &Trust, theirs: &Trust) -> Key {
    let merge = |ours, theirs| merge_trust(base, ours, theirs, None, &print).unwrap().document.keys.remove(0);
    let (merged, other) = (merge(ours, theirs), merge(theirs, ours));
    assert!(merged.may_follow(&theirs.keys[0]) && other.may_follow(&ours.keys[0]), "each is legal on top of the other");
    let sealing = |key: &Key| (key.seals().then_some(key.current), BTreeSet::from_iter(key.readers.clone()));
    assert_eq!(sealing(&merged), sealing(&other), "the sides are alike");
    merged
}

#[test]
fn a_grant_and_a_revoke_both_hold() {
    let base = state(&["ana", "bob"], &[1], &[]);
    let (revoked, granted) = (state(&["ana"], &[1, 2], &[1]), state(&["ana", "bob", "dave"], &[1], &[]));
    let key = merged_key(&base, &revoked, &granted);
    assert_eq!((key.readers, key.current), (vec![name("ana"), name("dave")], 2));
    assert_eq!([key.versions[0].state, key.versions[1].state], [VersionState::Tainted, VersionState::Enabled]);
}

#[test]
fn two_revokes_leave_no_version_that_one_of_the_two_can_open() {
    let base = state(&["ana", "bob", "carol"], &[1], &[]);
    let (ours, theirs) = (state(&["ana", "carol"], &[1, 2], &[1]), state(&["ana", "bob"], &[1, 3], &[1]));
    let key = merged_key(&base, &ours, &theirs);
    assert_eq!((key.readers.as_slice(), key.versions.len()), ([name("ana")].as_slice(), 3));
    assert!(key.versions.iter().all(|version| version.state == VersionState::Tainted), "an admin adds a version");
}

#[test]
fn two_rotations_leave_one_current_version() {
    let base = state(&["ana"], &[1], &[]);
    let key = merged_key(&base, &state(&["ana"], &[1, 2], &[]), &state(&["ana"], &[1, 3], &[]));
    assert_eq!((key.current, key.seals()), (3, true));
}

#[test]
fn a_removal_taints_what_the_other_side_made_for_the_removed_member() {
    let base = state(&["ana", "bob"], &[1], &[]);
    let mut removed = state(&["ana"], &[1, 2], &[1]);
    removed.members.retain(|member| member.name != name("bob"));
    let key = merged_key(&base, &state(&["ana", "bob"], &[1, 3], &[]), &removed);
    assert_eq!((key.readers.as_slice(), key.current), ([name("ana")].as_slice(), 2));
    assert_eq!(key.version(3).unwrap().state, VersionState::Tainted);
}

#[test]
fn a_key_of_one_side_is_none_of_a_member_whom_the_other_side_removed() {
    let made = with(|it| {
        it.keys.push(Key { readers: vec![name("ana"), name("bob")], ..rule("new", &["parameter:/new"]) });
    });
    let removed = with(|it| {
        it.members.retain(|member| member.name != name("bob"));
        it.former.push(Former { name: name("bob"), fingerprint: [2; 8] });
    });
    for (ours, theirs) in [(&made, &removed), (&removed, &made)] {
        let merged = merge_trust(&base(), ours, theirs, None, &print).unwrap().document;
        let key = merged.key(&"new".parse().unwrap()).unwrap();
        assert_eq!((key.readers.as_slice(), key.seals()), ([name("ana")].as_slice(), false), "an admin adds a version");
    }
}

#[test]
fn a_key_is_disabled_beside_any_other_change_and_the_longer_window_holds() {
    let state = |state| with(|it| it.keys[0].state = state);
    let disabled = state(KeyState::Disabled);
    let renewed = with(|it| it.keys[0] = it.keys[0].clone().with_version(it.keys[0].versions[0].clone()));
    assert_eq!(merged(&disabled, &with(|it| it.label = "new".into())).keys[0].state, KeyState::Disabled);
    let both = merge_trust(&base(), &disabled, &renewed, None, &print).unwrap().document;
    assert_eq!(both.keys[0].state, KeyState::Disabled);
    let until = |at| state(KeyState::Deleting(Timestamp::from_unix(at)));
    assert_eq!(merged(&until(7), &until(9)).keys[0].state, KeyState::Deleting(Timestamp::from_unix(9)));
    refused(&disabled, &until(7), "whether it is enabled");
}
