//! F14: merging the documents of one key of two branches. The input is a row of changes to two states that come from one; both
//! are signed and merged in both directions. What comes out verifies or is a conflict, in both directions alike. No version is
//! lost; a wrap is one of a side, or a new one for exactly the readers that the trust chain names; and what a reader can open is
//! the key that the chain fixes.

#![no_main]

mod place;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use libfuzzer_sys::fuzz_target;
use place::{Place, place};
use vault::crypto::framing::{document_message, sha256};
use vault::crypto::identity::{Identity, NoPrompt};
use vault::crypto::key::{KeyMaterial, open_payload};
use vault::crypto::recipient::{Recipient, RecipientPolicy};
use vault::crypto::wrap::{unwrap, wrap};
use vault::engine::{AnyDocument, MergeOutcome, Sides};
use vault::format::schema::{emit_key, parse_key};
use vault::format::trailer;
use vault::model::key::{Fingerprint, Key, KeyDocument, Wrap};

const AT: (&str, &[u8]) = ("keys/default.yaml", include_bytes!("../../tests/fixture/vault2/keys/default.yaml"));
const IDENTITIES: [(&str, &str); 3] = [
    ("alice", include_str!("../../tests/fixture/ids/alice.txt")),
    ("recovery", include_str!("../../tests/fixture/ids/recovery.txt")),
    ("bob", include_str!("../../tests/fixture/ids/bob.txt")),
];
/// Somebody who is no reader.
const STRANGER: &str = "carol";

type Names = BTreeSet<&'static str>;

/// The vault, who is around, and what the trust chain says of the key.
struct Team {
    place: Place,
    identities: BTreeMap<&'static str, Identity>,
    key: Key,
    start: KeyDocument,
    listed: BTreeMap<u64, KeyMaterial>,
    /// What was wrapped for whom: wrapping is slow.
    wraps: RefCell<HashMap<(u64, Names), Wrap>>,
}

thread_local! {
    static TEAM: Team = team();
}

fn team() -> Team {
    let place = place();
    let read = |text| Identity::parse(text, &RecipientPolicy::default(), NoPrompt).unwrap();
    let mut identities: BTreeMap<_, _> = IDENTITIES.iter().map(|(name, text)| (*name, read(text))).collect();
    let key = place.vault.trust().keys[0].clone();
    let raw = trailer::normalise(AT.1.to_vec()).unwrap();
    let start = parse_key(trailer::split(&raw).unwrap().body, &place.vault.id()).unwrap();
    let opened = |wrap: &Wrap| (wrap.number, opened(&place, &key, wrap, &identities["alice"]).unwrap());
    let listed = start.wraps.iter().map(opened).collect();
    identities.insert(STRANGER, Identity::generate().0);
    Team { place, identities, key, start, listed, wraps: RefCell::default() }
}

fn opened(place: &Place, key: &Key, wrap: &Wrap, identity: &Identity) -> Option<KeyMaterial> {
    let (payload, vault) = (unwrap(&wrap.wrapped, identity).ok()?, place.vault.id());
    open_payload(&payload, &vault.to_string(), &vault.0, &key.id.0, wrap.number).ok()
}

impl Team {
    fn readers(&self) -> Names {
        IDENTITIES.map(|(name, _)| name).into()
    }

    fn recipients(&self, names: &Names) -> Vec<String> {
        names.iter().flat_map(|name| self.identities[name].recipients()).collect()
    }

    fn prints(&self, names: &Names) -> Vec<Fingerprint> {
        let print = |text: String| sha256(text.as_bytes())[..8].try_into().unwrap();
        let prints: BTreeSet<Fingerprint> = self.recipients(names).into_iter().map(print).collect();
        prints.into_iter().collect()
    }

    /// A version, wrapped for these. One that the chain does not list is made up.
    fn wrapped(&self, number: u64, names: &Names) -> Wrap {
        let mut wraps = self.wraps.borrow_mut();
        let made = wraps.entry((number, names.clone())).or_insert_with(|| {
            let vault = self.place.vault.id();
            let own = KeyMaterial::new(&[7; 32], &vault.0, &self.key.id.0, number);
            let payload = self.listed.get(&number).unwrap_or(&own).payload(&vault.to_string());
            let parse = |text: String| Recipient::parse(&text, &RecipientPolicy::default()).unwrap();
            let recipients: Vec<Recipient> = self.recipients(names).into_iter().map(parse).collect();
            let wrapped = wrap(&recipients, payload.as_bytes()).unwrap();
            Wrap { number, recipients: self.prints(names), wrapped }
        });
        made.clone()
    }

    fn signed(&self, document: &KeyDocument) -> Vec<u8> {
        let vault = self.place.vault.id();
        let body = emit_key(document, &vault);
        assert_eq!(parse_key(body.as_bytes(), &vault).as_ref(), Ok(document));
        let signature = self.place.alice.sign(&document_message(&vault.0, AT.0, body.as_bytes()));
        trailer::join(&body, &document.head.by, &self.place.alice.public().fingerprint(), &signature)
    }

    /// One change, drawn from two bytes. `side` keeps what the two sides make on their own apart.
    fn change(&self, document: &mut KeyDocument, what: u8, how: u8, side: u8) {
        document.head.rev += 1;
        let mut names = self.readers();
        match how / 16 % 4 {
            0 => drop(names.insert(STRANGER)),
            1 => drop(names.remove("bob")),
            2 if how % 16 == 15 => drop(names.remove("alice")),
            _ => {}
        }
        let number = match what % 4 {
            0 => self.key.versions[0].number,
            1 | 2 => self.key.versions[1].number,
            // Both sides may have the same one, as after a merge that was half pulled.
            _ => 1 << 63 | u64::from(if how % 4 == 0 { 0 } else { side }) << 8 | u64::from(how % 3),
        };
        let wrap = self.wrapped(number, &names);
        match document.wraps.iter_mut().find(|it| it.number == number) {
            Some(other) => *other = wrap,
            None => document.wraps.push(wrap),
        }
    }

    fn check(&self, merged: &KeyDocument, base: &KeyDocument, sides: [&KeyDocument; 2]) {
        let of = |document: &KeyDocument, number| document.wrap(number).cloned();
        let numbers = |document: &KeyDocument| document.wraps.iter().map(|wrap| wrap.number).collect::<BTreeSet<_>>();
        let union: BTreeSet<u64> = sides.iter().flat_map(|side| numbers(side)).collect();
        assert_eq!((numbers(merged), merged.wraps.len()), (union.clone(), union.len()), "a version is lost or new");
        assert!(merged.stated.is_none() && sides.iter().all(|side| side.head.rev <= merged.head.rev));
        for wrap in &merged.wraps {
            let is_of_a_side = sides.iter().any(|side| side.wrap(wrap.number) == Some(wrap));
            let changed = sides.iter().filter(|side| of(side, wrap.number) != of(base, wrap.number)).count();
            assert!(changed > 0 || of(base, wrap.number).as_ref() == Some(wrap), "nobody changed it");
            let is_listed = self.listed.contains_key(&wrap.number);
            let differ = of(sides[0], wrap.number) != of(sides[1], wrap.number);
            if is_listed && changed == 2 && differ {
                assert_eq!(wrap.recipients, self.prints(&self.readers()), "both wrapped it: it is for the readers");
            }
            assert!(is_of_a_side || is_listed, "a wrap from nowhere");
            for (name, identity) in &self.identities {
                let material = opened(&self.place, &self.key, wrap, identity);
                let named = self.prints(&[*name].into()).iter().all(|print| wrap.recipients.contains(print));
                assert_eq!(material.is_some(), named, "{name} and version {:016x}", wrap.number);
                if let (Some(material), Some(version)) = (material, self.key.version(wrap.number)) {
                    assert!(material.matches(&version.check), "another key than the chain fixes");
                }
            }
        }
    }
}

/// What does not depend on the direction: for whom the versions are wrapped that the trust chain lists.
fn alike(team: &Team, document: &KeyDocument) -> (u64, Vec<(u64, Option<Vec<Fingerprint>>)>) {
    let listed = |number: &u64| team.listed.contains_key(number);
    let mut wraps: Vec<_> = document
        .wraps
        .iter()
        .map(|wrap| (wrap.number, listed(&wrap.number).then(|| wrap.recipients.clone())))
        .collect();
    wraps.sort();
    (document.head.rev, wraps)
}

fn try_merge(team: &Team, input: &[u8]) {
    let mut states = [team.start.clone(), team.start.clone(), team.start.clone()];
    let mut is_base = true;
    for (number, change) in input.chunks_exact(2).take(16).enumerate() {
        // The high bit of the first byte says which side. Changes to the base come before those and are in all three.
        let side = change[0] >> 7;
        is_base &= number < 4 && side == 1;
        if is_base {
            states.iter_mut().for_each(|state| team.change(state, change[0], change[1], 0));
        } else {
            team.change(&mut states[1 + usize::from(side)], change[0], change[1], 1 + side);
        }
    }
    let [base, ours, theirs] = &states;
    let [base_raw, ours_raw, theirs_raw] = [base, ours, theirs].map(|state| team.signed(state));
    let policy = RecipientPolicy::default();
    let merge = |ours, theirs| {
        let sides = Sides::new(Some(&base_raw), ours, theirs);
        team.place.vault.merge(AT.0, sides, None, Some(&policy))
    };
    match (merge(&ours_raw, &theirs_raw), merge(&theirs_raw, &ours_raw)) {
        (Ok(MergeOutcome::Merged { bytes, .. }), Ok(MergeOutcome::Merged { bytes: other, .. })) => {
            let read = |bytes: &[u8]| match team.place.vault.document_at(AT.0, bytes).unwrap() {
                AnyDocument::Key(key) => *key,
                other => panic!("{other:?}"),
            };
            let (merged, other) = (read(&bytes), read(&other));
            // Git asks nobody where one side did nothing; their side is then known to be earlier, ours is not.
            if base_raw != ours_raw && base_raw != theirs_raw {
                assert_eq!(alike(team, &merged), alike(team, &other), "the direction decides");
            }
            team.check(&merged, base, [ours, theirs]);
            team.check(&other, base, [ours, theirs]);
        }
        (Ok(MergeOutcome::Conflicts(one)), Ok(MergeOutcome::Conflicts(other))) => assert_eq!(one, other),
        // Both sides wrapped it without alice, who merges.
        (Err(one), Err(other)) => {
            assert_eq!(one.to_string(), other.to_string());
            let lacks = |side: &KeyDocument| {
                side.wraps.iter().any(|wrap| {
                    let print = &team.prints(&["alice"].into())[0];
                    team.listed.contains_key(&wrap.number) && !wrap.recipients.contains(print)
                })
            };
            assert!(lacks(ours) && lacks(theirs), "{one}");
        }
        (one, other) => panic!("{one:?} there, {other:?} back"),
    }
}

fuzz_target!(|input: &[u8]| {
    TEAM.with(|team| try_merge(team, input));
});
