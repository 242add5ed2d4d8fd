use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::id::{DocId, Uid, VaultId};
use super::super::parameter::{Content, FiredPolicy, Parameter, Version, sample};
use super::super::sealed::Sealed;
use super::super::secret::sample::{self as secret_sample, id, put, sealed, secret, shown, signed_plan};
use super::super::secret::{Begun, Origin, Replica, Secret, SecretVersion, Stage, StageMove};
use super::super::time::Timestamp;
use super::*;
use crate::model::hook::Step;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(1_790_000_000 + seconds)
}

/// One change of a parameter. Uids are made of the side and a counter, so that no two sides share one by accident.
#[derive(Debug, Clone)]
enum Change {
    Put(i64),
    Label(u64, u8),
    Unlabel(u8),
    Tag(u8, u8),
    Untag(u8),
    Expose(u64),
    Delete,
}

fn name(letter: u8) -> String {
    char::from(b'a' + letter).to_string()
}

fn version(parameter: &Parameter, uid: Uid, created: Timestamp) -> Version {
    let number = parameter.latest().map_or(1, |latest| latest.number + 1);
    let content = Content::Plain { list: false, text: uid.to_string() };
    let mut fresh = sample::parameter(1).versions.remove(0);
    (fresh.number, fresh.uid, fresh.created, fresh.content) = (number, uid, created, content);
    fresh
}

fn change(parameter: &mut Parameter, side: u8, step: usize, change: &Change) {
    parameter.head.rev += 1;
    if parameter.is_deleted() {
        return;
    }
    let latest = parameter.latest().map_or(0, |latest| latest.number);
    match change {
        Change::Put(created) => {
            let mut uid = [side; 16];
            uid[1..9].copy_from_slice(&(step as u64).to_be_bytes());
            let version = version(parameter, Uid(uid), at(*created));
            parameter.versions.push(version);
            if parameter.versions.len() > 100 {
                if !parameter.versions[0].labels.is_empty() {
                    parameter.versions.pop();
                    return;
                }
                parameter.versions.remove(0);
            }
        }
        Change::Label(back, label) => {
            let _ = parameter.label(Some(latest.saturating_sub(*back)), &[name(*label)]);
        }
        Change::Unlabel(label) => drop(parameter.unlabel(None, &[name(*label)])),
        Change::Tag(key, value) => drop(parameter.tag(&[(name(*key), name(*value))].into())),
        Change::Untag(key) => drop(parameter.untag(&[name(*key)])),
        Change::Expose(back) => {
            let number = latest.saturating_sub(*back);
            if let Some(version) = parameter.versions.iter_mut().find(|version| version.number == number) {
                version.exposed = true;
            }
        }
        Change::Delete => parameter.delete(),
    }
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        8 => (0_i64..50).prop_map(Change::Put),
        3 => (0_u64..4, 0_u8..4).prop_map(|(back, label)| Change::Label(back, label)),
        1 => (0_u8..4).prop_map(Change::Unlabel),
        2 => (0_u8..3, 0_u8..3).prop_map(|(key, value)| Change::Tag(key, value)),
        1 => (0_u8..3).prop_map(Change::Untag),
        1 => (0_u64..3).prop_map(Change::Expose),
        1 => Just(Change::Delete),
    ];
    prop_oneof![
        4 => proptest::collection::vec(change.clone(), 0..8),
        1 => proptest::collection::vec((0_i64..50).prop_map(Change::Put), 90..105),
    ]
}

fn walked(from: &Parameter, side: u8, changes: &[Change]) -> Parameter {
    let mut parameter = from.clone();
    for (step, each) in changes.iter().enumerate() {
        change(&mut parameter, side, step, each);
    }
    parameter
}

fn uids(parameter: &Parameter) -> BTreeSet<Uid> {
    parameter.versions.iter().map(|version| version.uid).collect()
}

/// A document that its reader would accept, as far as the rules of this room go.
fn check(parameter: &Parameter) {
    let numbers: Vec<u64> = parameter.versions.iter().map(|version| version.number).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
    assert!(parameter.versions.len() <= 100);
    assert_eq!(uids(parameter).len(), parameter.versions.len());
    let labels: Vec<_> = parameter.versions.iter().flat_map(|version| &version.labels).collect();
    assert_eq!(labels.iter().collect::<BTreeSet<_>>().len(), labels.len());
    assert!(parameter.versions.iter().all(|version| version.labels.len() <= 10));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn parameters_merge_alike_in_both_directions(
        before in changes(), ours in changes(), theirs in changes(),
        prefer in prop_oneof![3 => Just(None), 1 => Just(Some(Side::Ours)), 1 => Just(Some(Side::Theirs))],
    ) {
        let base = walked(&sample::parameter(1), 10, &before);
        let (ours, theirs) = (walked(&base, 11, &ours), walked(&base, 12, &theirs));
        let merged = merge_parameters(Some(&base), &ours, &theirs, prefer);
        let other = prefer.map(|side| if side == Side::Ours { Side::Theirs } else { Side::Ours });
        let mirrored = merge_parameters(Some(&base), &theirs, &ours, other);
        prop_assert_eq!(&merged, &mirrored);
        let again = merge_parameters(Some(&base), &ours, &ours, prefer).unwrap().document;
        prop_assert_eq!(Parameter { head: ours.head.clone(), ..again }, ours.clone());
        let Ok(Merged { document, .. }) = merged else { return Ok(()) };
        check(&document);
        prop_assert_eq!(document.head.rev, ours.head.rev.max(theirs.head.rev) + 1);
        let whole = document.is_deleted() || [&ours, &theirs].iter().any(|side| side.is_deleted());
        let all: BTreeSet<Uid> = uids(&ours).union(&uids(&theirs)).copied().collect();
        if !whole && all.len() <= 100 {
            prop_assert_eq!(uids(&document), all, "every version is there");
        }
        // What was merged merges with either side without a further thought.
        let then = merge_parameters(Some(&ours), &document, &ours, None).unwrap().document;
        prop_assert_eq!(&then.versions, &document.versions);
    }
}

#[test]
fn the_versions_of_both_sides_are_kept_and_the_newest_is_the_last() {
    let base = sample::parameter(3);
    let side = |uid, created| {
        let mut side = base.clone();
        side.versions.push(version(&base, Uid([uid; 16]), at(created)));
        side
    };
    let (ours, theirs) = (side(7, 20), side(8, 10));
    let mut base = base.clone();
    for (index, version) in base.versions.iter_mut().enumerate() {
        version.uid = Uid([u8::try_from(index).unwrap(); 16]);
    }
    let fixed = |mut side: Parameter| {
        for (own, base) in side.versions.iter_mut().zip(&base.versions) {
            own.uid = base.uid;
        }
        side
    };
    let merged = merge_parameters(Some(&base), &fixed(ours), &fixed(theirs), None).unwrap();
    let numbers: Vec<_> = merged.document.versions.iter().map(|version| (version.number, version.uid.0[0])).collect();
    assert_eq!(numbers, [(1, 0), (2, 1), (3, 2), (4, 8), (5, 7)]);
    assert_eq!(merged.notes[0], "version 4 by ana is now version 5");
}

#[test]
fn what_no_rule_decides_is_named_and_a_side_can_be_taken() {
    let mut base = sample::parameter(3);
    for (index, version) in base.versions.iter_mut().enumerate() {
        version.uid = Uid([u8::try_from(index).unwrap(); 16]);
    }
    base.label(Some(1), &["live".into()]).unwrap();
    let labelled = |number| {
        let mut side = base.clone();
        side.label(Some(number), &["live".into()]).unwrap();
        side
    };
    let (ours, theirs) = (labelled(2), labelled(3));
    let conflicts = merge_parameters(Some(&base), &ours, &theirs, None).unwrap_err();
    assert_eq!(conflicts[0].to_string(), "both sides changed the label `live`");
    let live = |side| {
        let merged = merge_parameters(Some(&base), &ours, &theirs, Some(side)).unwrap();
        merged.document.labelled(&"live".parse().unwrap()).unwrap().number
    };
    assert_eq!((live(Side::Ours), live(Side::Theirs)), (2, 3));
    let mut deleted = base.clone();
    deleted.delete();
    let conflicts = merge_parameters(Some(&base), &deleted, &theirs, None).unwrap_err();
    assert_eq!(conflicts[0].to_string(), "one side deleted it, the other changed it");
    assert!(merge_parameters(Some(&base), &deleted, &base, None).unwrap().document.is_deleted());
    let new = Parameter { id: DocId([9; 16]), ..base.clone() };
    for (one, other) in [(&deleted, &new), (&new, &deleted)] {
        let merged = merge_parameters(Some(&base), one, other, None).unwrap().document;
        assert_eq!((merged.id, merged.versions), (new.id, new.versions.clone()), "the deletion was of the old one");
    }
    let conflicts = merge_parameters(Some(&base), &new, &theirs, None).unwrap_err();
    assert_eq!(conflicts[0].to_string(), "one side replaced it, the other changed it");
    let another = Parameter { id: DocId([8; 16]), ..base.clone() };
    let conflicts = merge_parameters(Some(&base), &new, &another, None).unwrap_err();
    assert_eq!(conflicts[0].to_string(), "both sides created it independently");
    let mut forged = ours.clone();
    forged.versions[0].content = Content::Plain { list: false, text: "other".into() };
    let mut theirs = theirs;
    theirs.versions[0].content = Content::Plain { list: false, text: "another".into() };
    let conflicts = merge_parameters(Some(&base), &forged, &theirs, None).unwrap_err();
    assert!(conflicts.iter().any(|conflict| conflict.to_string().contains("the content of version 1")));
}

const C: &str = "AWSCURRENT";
const P: &str = "AWSPENDING";
const V: &str = "AWSPREVIOUS";

/// A secret with a value and a hook.
fn rotated() -> Secret {
    let mut secret = secret();
    put(&mut secret, 1, None);
    secret.configure_rotation(signed_plan(1, None), secret_sample::at()).unwrap();
    secret
}

fn begin(secret: &mut Secret, number: u8) -> Begun {
    secret.begin_rotation(&id(number), Uid([0; 16]), "ana".parse().unwrap(), secret_sample::at()).unwrap()
}

#[test]
fn a_put_beside_a_rotation_loses_neither_value() {
    let base = rotated();
    let (mut ours, mut theirs) = (base.clone(), base.clone());
    let begun = begin(&mut ours, 2);
    ours.keep_pending(&begun, sealed(), secret_sample::at()).unwrap();
    put(&mut theirs, 3, None);
    let merged = merge_secrets(Some(&base), &ours, &theirs, None).unwrap().document;
    assert_eq!(shown(&merged), [(1, vec![V]), (2, vec![P]), (3, vec![C])]);
    assert_eq!(merged.rotation.unwrap().run.unwrap().token, id(2), "the rotation goes on");
}

#[test]
fn a_value_whose_rotation_was_given_up_elsewhere_is_kept_as_aborted() {
    let mut base = rotated();
    let begun = begin(&mut base, 2);
    let (mut ours, mut theirs) = (base.clone(), base.clone());
    ours.keep_pending(&begun, sealed(), secret_sample::at()).unwrap();
    put(&mut theirs, 3, None);
    assert_eq!(shown(&theirs), [(1, vec![V]), (3, vec![C])], "it had no value there");
    let merged = merge_secrets(Some(&base), &ours, &theirs, None).unwrap();
    assert_eq!(shown(&merged.document), [(1, vec![V]), (2, vec!["ABORTED"]), (3, vec![C])]);
    assert_eq!(merged.document.rotation.unwrap().run, None);
    assert_eq!(merged.notes, ["the value of an unfinished rotation was kept as ABORTED"]);
}

#[test]
fn values_that_each_side_aborted_are_both_kept_until_one_of_them_succeeds() {
    let base = rotated();
    let aborted = |number| {
        let mut side = base.clone();
        let begun = begin(&mut side, number);
        side.keep_pending(&begun, sealed(), secret_sample::at()).unwrap();
        side.abort_rotation(secret_sample::at()).unwrap();
        side
    };
    let (ours, theirs) = (aborted(2), aborted(3));
    let merged = merge_secrets(Some(&base), &ours, &theirs, None).unwrap().document;
    assert_eq!(shown(&merged), [(1, vec![C]), (2, vec!["ABORTED-2"]), (3, vec!["ABORTED"])]);
    let mut finished = ours.clone();
    let begun = begin(&mut finished, 4);
    finished.keep_pending(&begun, sealed(), secret_sample::at()).unwrap();
    finished.finish_rotation(&begun, secret_sample::at()).unwrap();
    let mut tagged = ours.clone();
    tagged.tag(&[(name(0), name(1))].into()).unwrap();
    let merged = merge_secrets(Some(&ours), &finished, &tagged, None).unwrap().document;
    assert_eq!(shown(&merged), [(1, vec![V]), (2, vec![]), (4, vec![C])]);
}

#[test]
fn current_moved_on_both_sides_is_a_conflict_and_so_are_two_pending_values() {
    let base = rotated();
    let (mut ours, mut theirs) = (base.clone(), base.clone());
    put(&mut ours, 2, None);
    put(&mut theirs, 3, None);
    let conflicts = merge_secrets(Some(&base), &ours, &theirs, None).unwrap_err();
    assert_eq!(conflicts[0].to_string(), "both sides changed the stage AWSCURRENT");
    let merged = merge_secrets(Some(&base), &ours, &theirs, Some(Side::Theirs)).unwrap().document;
    assert_eq!(shown(&merged), [(1, vec![V]), (2, vec![]), (3, vec![C])]);
    let (mut ours, mut theirs) = (base.clone(), base.clone());
    for (side, number) in [(&mut ours, 2), (&mut theirs, 3)] {
        let begun = begin(side, number);
        side.keep_pending(&begun, sealed(), secret_sample::at()).unwrap();
    }
    let conflicts = merge_secrets(Some(&base), &ours, &theirs, None).unwrap_err();
    assert_eq!(conflicts[0].to_string(), "both sides changed the stage AWSPENDING");
    let merged = merge_secrets(Some(&base), &ours, &theirs, Some(Side::Ours)).unwrap().document;
    assert_eq!(shown(&merged), [(1, vec![C]), (2, vec![P]), (3, vec!["ABORTED"])]);
}

#[test]
fn the_later_attempt_of_a_rotation_counts() {
    let mut base = rotated();
    let begun = begin(&mut base, 2);
    base.keep_pending(&begun, sealed(), secret_sample::at()).unwrap();
    let (mut ours, mut theirs) = (base.clone(), base.clone());
    let second = begin(&mut ours, 4);
    ours.fail_rotation(&second, Step::Test, "exit 1", secret_sample::at()).unwrap();
    theirs.fail_rotation(&begun, Step::Set, "exit 2", secret_sample::at()).unwrap();
    let merged = merge_secrets(Some(&base), &ours, &theirs, None).unwrap().document;
    let run = merged.rotation.unwrap().run.unwrap();
    assert_eq!((run.attempt, run.step, run.error.as_str()), (2, Step::Test, "exit 1"));
}

/// One change of a secret.
#[derive(Debug, Clone)]
enum SecretChange {
    Put(Option<u8>),
    Begin,
    Keep,
    Fail,
    Finish,
    Abort,
    Move(u8, u8),
    Tag(u8, u8),
    Describe(u8),
}

fn change_secret(secret: &mut Secret, side: u8, step: u8, change: &SecretChange) {
    let now = at(i64::from(step));
    secret.head.rev += 1;
    secret.head.modified = now;
    let number = side + step;
    let run = secret.rotation.as_ref().and_then(|rotation| rotation.run.clone());
    let begun = run.map(|run| Begun { token: run.token, attempt: run.attempt, first: run.step });
    let version = secret_sample::version(number);
    match change {
        SecretChange::Put(stage) => {
            let stages = stage.map(|stage| BTreeSet::from([["X", "Y", P][usize::from(stage % 3)].parse().unwrap()]));
            let _ = secret.put(version, stages.as_ref(), now);
        }
        SecretChange::Begin => {
            let _ = secret.begin_rotation(&id(number), Uid([number; 16]), "ana".parse().unwrap(), now);
        }
        SecretChange::Keep => {
            let content = Sealed { text: format!("xc1:{number:04}"), ..sealed() };
            drop(begun.map(|begun| secret.keep_pending(&begun, content, now)));
        }
        SecretChange::Fail => drop(begun.map(|begun| secret.fail_rotation(&begun, Step::Set, "no", now))),
        SecretChange::Finish => drop(begun.map(|begun| secret.finish_rotation(&begun, now))),
        SecretChange::Abort => drop(secret.abort_rotation(now)),
        SecretChange::Move(stage, to) => {
            let stage: Stage = [C, "X", "Y"][usize::from(stage % 3)].parse().unwrap();
            let from = secret.staged(&stage).map(SecretVersion::id);
            let to = secret.versions.get(usize::from(*to)).map(SecretVersion::id);
            let _ = secret.move_stage(&StageMove { stage, from, to }, now);
        }
        SecretChange::Tag(key, value) => drop(secret.tag(&[(name(*key), name(*value))].into())),
        SecretChange::Describe(letter) => drop(secret.describe(&name(*letter))),
    }
}

fn secret_changes() -> impl Strategy<Value = Vec<SecretChange>> {
    let change = prop_oneof![
        3 => proptest::option::of(0_u8..3).prop_map(SecretChange::Put),
        3 => Just(SecretChange::Begin),
        3 => Just(SecretChange::Keep),
        1 => Just(SecretChange::Fail),
        1 => Just(SecretChange::Finish),
        1 => Just(SecretChange::Abort),
        2 => (0_u8..3, 0_u8..4).prop_map(|(stage, to)| SecretChange::Move(stage, to)),
        1 => (0_u8..3, 0_u8..3).prop_map(|(key, value)| SecretChange::Tag(key, value)),
        1 => (0_u8..3).prop_map(SecretChange::Describe),
    ];
    proptest::collection::vec(change, 0..6)
}

fn walked_secret(from: &Secret, side: u8, changes: &[SecretChange]) -> Secret {
    let mut secret = from.clone();
    for (step, each) in (0_u8..).zip(changes) {
        change_secret(&mut secret, side, step, each);
    }
    secret
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn secrets_merge_alike_in_both_directions_and_lose_no_value(
        before in secret_changes(), ours in secret_changes(), theirs in secret_changes(),
        prefer in prop_oneof![2 => Just(None), 1 => Just(Some(Side::Ours)), 1 => Just(Some(Side::Theirs))],
    ) {
        let base = walked_secret(&rotated(), 20, &before);
        let (ours, theirs) = (walked_secret(&base, 40, &ours), walked_secret(&base, 60, &theirs));
        let merged = merge_secrets(Some(&base), &ours, &theirs, prefer);
        let other = prefer.map(|side| if side == Side::Ours { Side::Theirs } else { Side::Ours });
        let mirrored = merge_secrets(Some(&base), &theirs, &ours, other);
        prop_assert_eq!(merged.as_ref().map(|m| &m.document), mirrored.as_ref().map(|m| &m.document));
        let Ok(Merged { document, .. }) = merged else { return Ok(()) };
        let stages: Vec<_> = document.versions.iter().flat_map(|version| &version.stages).collect();
        prop_assert_eq!(stages.iter().collect::<BTreeSet<_>>().len(), stages.len(), "each stage is on one version");
        prop_assert!(document.staged(&Stage::current()).is_some_and(|version| version.content.is_some()));
        for version in ours.versions.iter().chain(&theirs.versions).filter(|version| version.content.is_some()) {
            let kept = document.versions.iter().find(|kept| kept.uid == version.uid);
            prop_assert!(kept.is_some_and(|kept| kept.content.is_some()), "the value of {:?} is there", version.uid);
        }
        for side in [&ours, &theirs] {
            let current = side.staged(&Stage::current()).map(|version| version.uid);
            let pending = side.staged(&Stage::pending()).filter(|p| p.content.is_some() && Some(p.uid) != current);
            let unchanged = |side: &Secret| Secret { head: base.head.clone(), ..side.clone() } == base;
            let both_changed = !unchanged(&ours) && !unchanged(&theirs);
            let new = side.aborted().into_iter().filter(|version| base.aborted().iter().all(|old| old.uid != version.uid));
            for kept in pending.into_iter().chain(new).filter(|_| both_changed) {
                let kept = document.versions.iter().find(|version| version.uid == kept.uid).unwrap();
                prop_assert!(!kept.stages.is_empty(), "a value that the service may have keeps a stage");
            }
        }
        if let Some(run) = document.rotation.as_ref().and_then(|rotation| rotation.run.as_ref()) {
            prop_assert_eq!(document.staged(&Stage::pending()).map(SecretVersion::id), Some(run.token.clone()));
        }
    }
}

#[test]
fn what_policies_have_done_is_united_with_the_earlier_instant() {
    let base = sample::parameter(2);
    let versions: Vec<Uid> = base.versions.iter().map(|version| version.uid).collect();
    let at = |seconds| Timestamp::from_unix(seconds);
    let fired = |policy: u8, version| FiredPolicy { policy: [policy; 8], version };
    let side = |fired: &[(FiredPolicy, i64)]| Parameter {
        fired: fired.iter().map(|(fired, seconds)| (*fired, at(*seconds))).collect(),
        ..base.clone()
    };
    let gone = Uid([9; 16]);
    let ours = side(&[(fired(1, versions[0]), 10), (fired(2, gone), 10)]);
    let theirs = side(&[(fired(1, versions[0]), 5), (fired(3, versions[1]), 7)]);
    let merged = merge_parameters(Some(&base), &ours, &theirs, None).unwrap().document;
    let expected = [(fired(1, versions[0]), at(5)), (fired(3, versions[1]), at(7))];
    assert_eq!(merged.fired.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn copies_of_both_sides_are_kept_and_one_of_two_places_is_a_conflict() {
    let replica = |vault: u8, name: &str| Replica {
        vault: VaultId([vault; 32]),
        region: String::new(),
        key: "default".parse().unwrap(),
        name: name.parse().unwrap(),
    };
    let side = |replicas: &[Replica]| Secret { replicas: replicas.to_vec(), ..secret() };
    let (base, ours) = (side(&[replica(1, "a"), replica(2, "a")]), side(&[replica(2, "a"), replica(4, "a")]));
    let theirs = side(&[replica(1, "a"), replica(2, "a"), replica(3, "a")]);
    let merged = merge_secrets(Some(&base), &ours, &theirs, None).unwrap().document;
    assert_eq!(merged.replicas, [replica(2, "a"), replica(4, "a"), replica(3, "a")]);
    let other = side(&[replica(1, "a"), replica(2, "a"), replica(4, "b")]);
    assert!(merge_secrets(Some(&base), &ours, &other, None).is_err());
}

#[test]
fn a_promotion_is_kept_by_every_merge() {
    let origin = |rev, promoted| {
        let name = secret().name;
        Some(Origin { vault: VaultId([1; 32]), id: DocId([1; 16]), name, rev, region: String::new(), promoted })
    };
    let base = Secret { origin: origin(1, None), ..secret() };
    let promoted = Secret { origin: origin(1, Some(secret_sample::at())), ..secret() };
    let synced = Secret { origin: origin(2, None), ..secret() };
    for (ours, theirs) in [(&promoted, &synced), (&synced, &promoted)] {
        let merged = merge_secrets(Some(&base), ours, theirs, None).unwrap().document;
        assert_eq!(merged.origin, promoted.origin);
    }
    // Of two promotions the earlier one counts, with the changes of both.
    let later = Secret {
        origin: origin(2, Some(Timestamp::from_unix(secret_sample::at().unix() + 9))),
        description: "changed".into(),
        ..secret()
    };
    let merged = merge_secrets(Some(&base), &later, &promoted, None).unwrap().document;
    assert_eq!((merged.origin, merged.description.as_str()), (promoted.origin.clone(), "changed"));
    // Of two copies the later one, whole.
    let merged =
        merge_secrets(Some(&base), &Secret { description: "old".into(), ..base.clone() }, &synced, None).unwrap();
    assert_eq!((merged.document.origin, merged.document.description), (synced.origin.clone(), synced.description));
    assert!(
        base.require_primary().is_err() && promoted.require_primary().is_ok() && secret().require_primary().is_ok()
    );
}
