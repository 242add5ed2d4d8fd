//! F14: merging the documents of one key of two branches. The input is a row of changes to two states that come from one; both
//! are signed and merged in both directions. What comes out verifies and opens for exactly its readers, or is a conflict; it is
//! the same in both directions; no version is lost; and nothing may be sealed under what somebody can open who is no reader.

#![no_main]

mod place;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use libfuzzer_sys::fuzz_target;
use place::{Place, place};
use vault::crypto::framing::document_message;
use vault::crypto::identity::{Identity, NoPrompt};
use vault::crypto::key::{KeyMaterial, open_payload};
use vault::crypto::recipient::{Recipient, RecipientPolicy};
use vault::crypto::wrap::{unwrap, wrap};
use vault::engine::{AnyDocument, MergeOutcome, Received, Rights, Sides};
use vault::format::schema::{emit_key, parse_key};
use vault::format::trailer;
use vault::model::key::{Codec, Key, KeyState, KeyVersion};
use vault::model::name::MemberName;
use vault::model::request::Request;
use vault::model::team::Return;
use vault::model::time::Timestamp;
use vault::model::trust::Role;

const AT: (&str, &[u8]) = ("keys/default.yaml", include_bytes!("../../tests/fixture/vault/keys/default.yaml"));
const ALICE: &str = include_str!("../../tests/fixture/ids/alice.txt");
const RECOVERY: &str = include_str!("../../tests/fixture/ids/recovery.txt");

/// The vault with four members, and the identity of each.
struct Team {
    place: Place,
    identities: BTreeMap<MemberName, Identity>,
    /// What was wrapped for whom: wrapping is slow, and a side that leaves the readers alone leaves the wraps alone.
    wraps: RefCell<HashMap<([u8; 16], BTreeSet<MemberName>), String>>,
}

thread_local! {
    static TEAM: Team = team();
}

fn team() -> Team {
    let place = place();
    let read = |text| Identity::parse(text, &RecipientPolicy::default(), NoPrompt).unwrap();
    let mut identities: BTreeMap<MemberName, Identity> =
        [("alice".parse().unwrap(), read(ALICE)), ("recovery".parse().unwrap(), read(RECOVERY))].into();
    for name in ["bob", "carol"] {
        let (name, identity): (MemberName, _) = (name.parse().unwrap(), Identity::generate().0);
        let sign = identity.signing_key().unwrap().public().bytes();
        let created = Timestamp::from_unix(1_800_000_000);
        let request = Request { name: name.clone(), created, sign, recipients: identity.recipients() };
        let rights = Rights { role: Role::Member, write: vec![], read: vec![], back: Return::Refused };
        let received = Received { request, fingerprint: [0; 16] };
        place.vault.add_member(&received, &rights, &RecipientPolicy::default(), created).unwrap();
        identities.insert(name, identity);
    }
    Team { place, identities, wraps: RefCell::default() }
}

impl Team {
    fn material(&self, key: &Key, owner: u8, number: u64) -> KeyMaterial {
        let secret = [owner, u8::try_from(number).unwrap_or(0)].repeat(16);
        KeyMaterial::new(&secret.try_into().unwrap(), &self.place.vault.id().0, &key.id.0, number)
    }

    /// One state, its versions wrapped for its readers and signed; nothing if no document can say it.
    fn signed(&self, state: &State) -> Option<Vec<u8>> {
        let mut key = state.key.clone();
        let readers: BTreeSet<MemberName> = key.readers.iter().cloned().collect();
        let recipients = readers.iter().flat_map(|name| self.identities[name].recipients());
        let recipients: Vec<Recipient> =
            recipients.map(|text| Recipient::parse(&text, &RecipientPolicy::default()).unwrap()).collect();
        for (version, owner) in key.versions.iter_mut().zip(&state.owners) {
            let material = self.material(&state.key, *owner, version.number);
            let payload = material.payload(&self.place.vault.id().to_string());
            let mut wraps = self.wraps.borrow_mut();
            let made = wraps.entry((material.check(), readers.clone()));
            version.wrapped = made.or_insert_with(|| wrap(&recipients, payload.as_bytes()).unwrap()).clone();
        }
        let vault = self.place.vault.id();
        let body = emit_key(&key, &vault);
        parse_key(body.as_bytes(), &vault).ok()?;
        let signature = self.place.alice.sign(&document_message(&vault.0, AT.0, body.as_bytes()));
        Some(trailer::join(&body, &key.head.by, &self.place.alice.public().fingerprint(), &signature))
    }

    fn opens(&self, name: &MemberName, key: &Key, version: &KeyVersion) -> bool {
        let vault = self.place.vault.id();
        unwrap(&version.wrapped, &self.identities[name])
            .ok()
            .and_then(|payload| open_payload(&payload, &vault.to_string(), &vault.0, &key.id.0, version.number).ok())
            .is_some_and(|material| material.matches(&version.check))
    }
}

/// A key, and who made each of its versions.
#[derive(Clone)]
struct State {
    key: Key,
    owners: Vec<u8>,
}

impl State {
    /// One change, drawn from two bytes. `side` keeps what the two sides make on their own apart.
    fn change(&mut self, team: &Team, what: u8, how: u8, side: u8) {
        self.key.head.rev += 1;
        let others = ["recovery", "bob", "carol"].map(|name| name.parse::<MemberName>().unwrap());
        let other = &others[usize::from(how) % 3];
        match what % 8 {
            // Now and then both sides have the same version, as after a merge that was half pulled.
            0 => self.add_version(team, if how % 4 == 0 { 7 } else { side }),
            1 => {
                self.key.taint("known");
                self.add_version(team, side);
            }
            2 if self.key.readers.contains(other) => {
                self.key.readers.retain(|reader| reader != other);
                self.key.taint("revoked");
                self.add_version(team, side);
            }
            3 | 4 if !self.key.readers.contains(other) => self.key.readers.push(other.clone()),
            5 => self.key.description = format!("{}", how % 3),
            6 => self.key.codec = if how % 2 == 0 { Codec::Xc1 } else { Codec::Age1 },
            // An admin with a program of their own does not taint.
            _ => self.key.readers.retain(|reader| reader != other),
        }
    }

    fn add_version(&mut self, team: &Team, owner: u8) {
        if self.key.versions.len() > 5 {
            return;
        }
        let number = self.key.next_number();
        let material = team.material(&self.key, owner, number);
        self.key.versions.push(KeyVersion {
            number,
            created: self.key.versions[0].created,
            state: KeyState::Enabled,
            taint: String::new(),
            check: material.check(),
            seal: material.seal_recipient(),
            wrapped: String::new(),
        });
        self.owners.push(owner);
        self.key.current = number;
    }

    fn reads(&self, name: &MemberName) -> bool {
        self.key.readers.contains(name)
    }
}

fn start(team: &Team) -> State {
    let raw = trailer::normalise(AT.1.to_vec()).unwrap();
    let mut key = parse_key(trailer::split(&raw).unwrap().body, &team.place.vault.id()).unwrap();
    key.versions.clear();
    let material = team.material(&key, 0, 1);
    let version = parse_key(trailer::split(&raw).unwrap().body, &team.place.vault.id()).unwrap().versions.remove(0);
    key.versions.push(KeyVersion { check: material.check(), seal: material.seal_recipient(), ..version });
    State { key, owners: vec![0] }
}

/// What does not depend on the direction: all but the order of readers, fresh versions and wraps.
fn alike(key: &Key, sides: [&State; 2]) -> impl PartialEq + std::fmt::Debug {
    let readers: BTreeSet<String> = key.readers.iter().map(ToString::to_string).collect();
    let old = |number| sides.iter().any(|side| side.key.version(number).is_some());
    let versions: Vec<_> = key
        .versions
        .iter()
        .map(|version| (version.number, version.state, old(version.number).then_some(version.check)))
        .collect();
    (readers, versions, key.current, key.description.clone(), key.codec, key.head.rev)
}

fn check(team: &Team, merged: &Key, base: &State, sides: [&State; 2]) {
    for name in team.identities.keys() {
        let reads = merged.readers.contains(name);
        assert!(!reads || sides.iter().any(|side| side.reads(name)), "{name} comes from nowhere");
        let taken = base.reads(name) && sides.iter().any(|side| !side.reads(name));
        assert!(!(taken && reads), "{name} keeps a key that one side took");
        for version in &merged.versions {
            assert_eq!(team.opens(name, merged, version), reads, "{name} and version {}", version.number);
        }
    }
    for version in sides.iter().flat_map(|side| &side.key.versions) {
        let kept = merged.version(version.number).expect("a version is lost");
        assert_eq!(kept.check, version.check);
        assert!(version.state == KeyState::Enabled || kept.state != KeyState::Enabled, "a taint is lost");
    }
    for version in merged.versions.iter().filter(|version| version.state == KeyState::Enabled) {
        let knows = |side: &&&State| side.key.version(version.number).is_some();
        let known = sides.iter().filter(knows).flat_map(|side| &side.key.readers);
        assert!(known.clone().all(|name| merged.readers.contains(name)), "version {} is known", version.number);
    }
    let current = merged.version(merged.current).expect("no current version");
    assert!(current.state == KeyState::Enabled && current.number >= merged.untainted_from(), "sealed under a taint");
}

fn try_merge(team: &Team, input: &[u8]) -> Option<()> {
    let base = start(team);
    let mut states = [base.clone(), base.clone(), base];
    let mut is_base = true;
    for (number, change) in input.chunks_exact(2).take(16).enumerate() {
        // The high bit of the first byte says which side. Changes to the base come before those and are in all three.
        let side = change[0] >> 7;
        is_base &= number < 4 && side == 1;
        if is_base {
            states.iter_mut().for_each(|state| state.change(team, change[0], change[1], 0));
        } else {
            states[1 + usize::from(side)].change(team, change[0], change[1], 1 + side);
        }
    }
    let [base, ours, theirs] = &states;
    let (base_raw, ours_raw, theirs_raw) = (team.signed(base)?, team.signed(ours)?, team.signed(theirs)?);
    let policy = RecipientPolicy::default();
    let merge = |ours, theirs| {
        let sides = Sides::new(Some(&base_raw), ours, theirs);
        team.place.vault.merge(AT.0, sides, None, Some(&policy)).unwrap()
    };
    match (merge(&ours_raw, &theirs_raw), merge(&theirs_raw, &ours_raw)) {
        (MergeOutcome::Merged { bytes, .. }, MergeOutcome::Merged { bytes: other, .. }) => {
            let read = |bytes: &[u8]| match team.place.vault.document_at(AT.0, bytes).unwrap() {
                AnyDocument::Key(key) => *key,
                other => panic!("{other:?}"),
            };
            let (merged, other) = (read(&bytes), read(&other));
            assert_eq!(
                format!("{:?}", alike(&merged, [ours, theirs])),
                format!("{:?}", alike(&other, [ours, theirs])),
                "the direction decides"
            );
            check(team, &merged, base, [ours, theirs]);
        }
        (MergeOutcome::Conflicts(one), MergeOutcome::Conflicts(other)) => assert_eq!(one, other),
        (one, other) => panic!("{one:?} there, {other:?} back"),
    }
    Some(())
}

fuzz_target!(|input: &[u8]| {
    TEAM.with(|team| try_merge(team, input).is_some());
});
