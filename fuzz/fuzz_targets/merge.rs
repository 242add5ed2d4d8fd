//! F6: merging one document of two branches. The input is a row of changes to two states that come from one; both are signed
//! and merged in both directions. What comes out is a document that verifies, or a conflict; it is the same in both directions;
//! and no version is lost, above all no value of a rotation that has not ended.

#![no_main]

mod place;

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use place::{Place, place};
use vault::crypto::framing::document_message;
use vault::engine::{AnyDocument, MergeOutcome, Sides};
use vault::format::schema::{emit_parameter, emit_secret, parse_parameter, parse_secret};
use vault::format::trailer;
use vault::model::id::Uid;
use vault::model::parameter::{Content, Parameter, Version};
use vault::model::secret::{Secret, SecretVersion, Stage};
use vault::model::time::Timestamp;

const PARAMETER: (&str, &[u8]) =
    ("params/prod/db/password.yaml", include_bytes!("../../tests/fixture/vault/params/prod/db/password.yaml"));
const SECRET: (&str, &[u8]) =
    ("secrets/prod/db.yaml", include_bytes!("../../tests/fixture/vault/secrets/prod/db.yaml"));

thread_local! {
    static PLACE: Place = place();
}

/// What the two kinds of documents have in common here.
trait Subject: Clone {
    const AT: (&'static str, &'static [u8]);
    fn parse(place: &Place, body: &[u8]) -> Option<Self>;
    fn emit(&self, place: &Place) -> String;
    /// One change, drawn from two bytes. `side` keeps what the two sides make on their own apart.
    fn change(&mut self, what: u8, how: u8, side: u8);
    /// The versions that a merge may not lose. One of a secret that has neither value nor stage is dropped.
    fn uids(&self) -> BTreeSet<Uid>;
    fn of(document: AnyDocument) -> Option<Self>;
    fn check(&self, base: &Self, sides: [&Self; 2]);
}

impl Subject for Parameter {
    const AT: (&'static str, &'static [u8]) = PARAMETER;

    fn parse(place: &Place, body: &[u8]) -> Option<Self> {
        parse_parameter(body, &place.vault.id()).ok()
    }

    fn emit(&self, place: &Place) -> String {
        emit_parameter(self, &place.vault.id())
    }

    fn change(&mut self, what: u8, how: u8, side: u8) {
        self.head.rev += 1;
        let last = self.versions.len().saturating_sub(1);
        let at = usize::from(how) % self.versions.len().max(1);
        match what % 8 {
            0..=2 => {
                let Some(before) = self.versions.last() else { return };
                let number = before.number + 1;
                let created = Timestamp::from_unix(before.created.unix() + i64::from(how % 4));
                // Now and then both sides have the same version, as after a merge that was half pulled.
                let owner = if what % 8 == 2 { 7 } else { side };
                let uid = Uid([owner, how, u8::try_from(number).unwrap_or(0), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
                let content = Content::Plain { list: false, text: format!("{owner}{how}{number}") };
                let version = Version { number, uid, created, content, labels: [].into(), ..before.clone() };
                self.versions.push(version);
            }
            3 => {
                let label = ["live", "old", "next"][usize::from(how) % 3].parse().unwrap();
                for version in &mut self.versions {
                    version.labels.remove(&label);
                }
                if let Some(version) = self.versions.get_mut(at) {
                    version.labels.insert(label);
                }
            }
            4 => drop(self.versions.get_mut(at).map(|version| version.labels.clear())),
            5 => drop(self.tags.insert(format!("k{}", how % 3), format!("{}", how / 64))),
            6 => drop(self.versions.get_mut(last).map(|version| version.exposed = true)),
            _ if how < 8 => {
                self.versions.clear();
                self.tags.clear();
            }
            _ => drop(self.tags.remove(&format!("k{}", how % 3))),
        }
    }

    fn uids(&self) -> BTreeSet<Uid> {
        self.versions.iter().map(|version| version.uid).collect()
    }

    fn of(document: AnyDocument) -> Option<Self> {
        if let AnyDocument::Parameter(parameter) = document { Some(*parameter) } else { None }
    }

    fn check(&self, _: &Self, _: [&Self; 2]) {
        let numbers: Vec<u64> = self.versions.iter().map(|version| version.number).collect();
        assert!(numbers.is_sorted() && numbers.iter().collect::<BTreeSet<_>>().len() == numbers.len());
    }
}

impl Subject for Secret {
    const AT: (&'static str, &'static [u8]) = SECRET;

    fn parse(place: &Place, body: &[u8]) -> Option<Self> {
        parse_secret(body, &place.vault.id()).ok()
    }

    fn emit(&self, place: &Place) -> String {
        emit_secret(self, &place.vault.id())
    }

    fn change(&mut self, what: u8, how: u8, side: u8) {
        self.head.rev += 1;
        let stages = [Stage::current(), Stage::pending(), Stage::aborted(1)];
        let at = usize::from(how) % self.versions.len().max(1);
        match what % 8 {
            0..=2 => {
                let Some(before) = self.versions.last() else { return };
                let created = Timestamp::from_unix(before.created.unix() + i64::from(how % 4));
                let owner = if what % 8 == 2 { 7 } else { side };
                let count = u8::try_from(self.versions.len()).unwrap_or(0);
                let uid = Uid([owner, how, count, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
                if self.versions.iter().any(|version| version.uid == uid) {
                    return;
                }
                let content = before.content.clone().filter(|_| how % 5 != 0);
                let version = SecretVersion { uid, token: None, created, stages: [].into(), content, ..before.clone() };
                self.versions.push(version);
                if what % 8 == 1 {
                    attach(self, Stage::pending(), uid);
                }
            }
            3 | 4 => {
                if let Some(uid) = self.versions.get(at).map(|version| version.uid) {
                    attach(self, stages[usize::from(how / 8) % 3].clone(), uid);
                }
            }
            5 => drop(self.tags.insert(format!("k{}", how % 3), format!("{}", how / 64))),
            6 => self.description = format!("{}", how % 4),
            _ => drop(self.tags.remove(&format!("k{}", how % 3))),
        }
    }

    fn uids(&self) -> BTreeSet<Uid> {
        self.versions.iter().filter(|version| version.content.is_some()).map(|version| version.uid).collect()
    }

    fn of(document: AnyDocument) -> Option<Self> {
        if let AnyDocument::Secret(secret) = document { Some(*secret) } else { None }
    }

    fn check(&self, base: &Self, sides: [&Self; 2]) {
        // What one side alone did is taken as it is.
        if sides.iter().any(|side| Secret { head: base.head.clone(), ..(*side).clone() } == *base) {
            return;
        }
        for side in sides {
            let Some(pending) = side.staged(&Stage::pending()).filter(|version| version.content.is_some()) else {
                continue;
            };
            let kept = self.versions.iter().find(|version| version.uid == pending.uid);
            assert!(kept.is_some_and(|kept| !kept.stages.is_empty()), "a value of a rotation without a stage");
        }
    }
}

/// Puts a stage on one version alone. What AWSCURRENT leaves becomes AWSPREVIOUS.
fn attach(secret: &mut Secret, stage: Stage, uid: Uid) {
    let former = secret.staged(&stage).map(|version| version.uid).filter(|former| *former != uid);
    if let Some(former) = former.filter(|_| stage == Stage::current()) {
        attach(secret, Stage::previous(), former);
    }
    for version in &mut secret.versions {
        if version.uid == uid {
            version.stages.insert(stage.clone());
        } else {
            version.stages.remove(&stage);
        }
    }
}

fn signed<T: Subject>(place: &Place, subject: &T) -> Option<Vec<u8>> {
    let body = subject.emit(place);
    T::parse(place, body.as_bytes())?;
    let message = document_message(&place.vault.id().0, T::AT.0, body.as_bytes());
    let (name, fingerprint) = ("alice".parse().unwrap(), place.alice.public().fingerprint());
    Some(trailer::join(&body, &name, &fingerprint, &place.alice.sign(&message)))
}

fn try_merge<T: Subject>(place: &Place, input: &[u8]) -> Option<()> {
    let fixture = trailer::normalise(T::AT.1.to_vec()).unwrap();
    let base = T::parse(place, trailer::split(&fixture).unwrap().body).unwrap();
    let mut states = [base.clone(), base.clone(), base];
    let mut is_base = true;
    for (number, change) in input.chunks_exact(2).take(24).enumerate() {
        // The high bit of the first byte says which side. Changes to the base come before those and are in all three.
        let side = change[0] >> 7;
        is_base &= number < 4 && side == 1;
        if is_base {
            states.iter_mut().for_each(|state| state.change(change[0], change[1], 0));
        } else {
            states[1 + usize::from(side)].change(change[0], change[1], 1 + side);
        }
    }
    let [base, ours, theirs] = &states;
    let (base_raw, ours_raw, theirs_raw) = (signed(place, base)?, signed(place, ours)?, signed(place, theirs)?);
    let there = Sides::new(Some(&base_raw), &ours_raw, &theirs_raw);
    let back = Sides::new(Some(&base_raw), &theirs_raw, &ours_raw);
    let merge = |sides| place.vault.merge(T::AT.0, sides, None, None).unwrap();
    match (merge(there), merge(back)) {
        (MergeOutcome::Merged { bytes, .. }, MergeOutcome::Merged { bytes: other, .. }) => {
            // Git asks nobody where one side did nothing; their side is then known to be earlier, ours is not.
            if base_raw != ours_raw && base_raw != theirs_raw {
                assert_eq!(String::from_utf8_lossy(&bytes), String::from_utf8_lossy(&other), "the direction decides");
            }
            let merged = T::of(place.vault.document_at(T::AT.0, &bytes).unwrap()).unwrap();
            if !merged.uids().is_empty() {
                assert!(ours.uids().union(&theirs.uids()).all(|uid| merged.uids().contains(uid)), "a version is lost");
                merged.check(base, [ours, theirs]);
            }
        }
        (MergeOutcome::Conflicts(one), MergeOutcome::Conflicts(other)) => assert_eq!(one, other),
        (one, other) => panic!("{one:?} there, {other:?} back"),
    }
    Some(())
}

fuzz_target!(|input: &[u8]| {
    PLACE.with(|place| {
        if let Some((kind, changes)) = input.split_first() {
            let _ = if kind % 2 == 0 {
                try_merge::<Parameter>(place, changes)
            } else {
                try_merge::<Secret>(place, changes)
            };
        }
    });
});
