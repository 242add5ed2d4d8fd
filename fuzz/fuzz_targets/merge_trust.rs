//! F15: two branches that both went on with the trust chain. The input is a row of changes to two states that come from one; each
//! is a signed snapshot, and one chain is rebased onto the other in both directions. What comes out is a chain that verifies
//! and says what both said, or a conflict. Nobody who was removed is back; no version of a key is lost, changed or cleansed;
//! readers come from the sides; and a version that seals is known to nobody who is no reader.

#![no_main]

mod place;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use place::{CHAIN, Place, opened_at, place};
use vault::crypto::framing::{document_message, sha256};
use vault::crypto::key::KeyMaterial;
use vault::crypto::sign::SigningKey;
use vault::engine::{ChainSource, RebaseOutcome, fingerprint_of};
use vault::format::path::trust_path;
use vault::format::schema::{emit_trust, parse_trust};
use vault::format::trailer;
use vault::model::id::KeyId;
use vault::model::key::{Codec, Key, KeyState, KeyVersion, Suite, VersionState};
use vault::model::merge::Conflict;
use vault::model::name::MemberName;
use vault::model::time::Timestamp;
use vault::model::trust::{Former, Member, Role, Scope, Trust};
use vault::store::Memory;
use zeroize::Zeroizing;

/// Recipients of members that nobody wraps for here.
const RECIPIENTS: [&str; 4] = ["age1aa", "age1bb", "age1cc", "age1dd"];

thread_local! {
    static PLACE: Place = place();
}

/// One branch: its states, the last of them, and its files.
#[derive(Clone)]
struct Branch {
    states: Vec<Trust>,
    end: Trust,
    files: BTreeMap<u64, Vec<u8>>,
}

impl Branch {
    /// One change, drawn from two bytes, as the next snapshot. `side` keeps what the two sides make on their own apart.
    fn change(&mut self, place: &Place, what: u8, how: u8, side: u8) {
        let mut next = self.end.clone();
        let others = next.members.iter().filter(|member| member.name.as_str() != "alice");
        let other = others.map(|member| member.name.clone()).nth(usize::from(how / 8) % next.members.len());
        let scopes = ["parameter:/a", "parameter:/b", "secret:c"].map(|scope| scope.parse::<Scope>().unwrap());
        let scope = scopes[usize::from(how / 4) % 3].clone();
        match what % 13 {
            0 | 1 => add(&mut next, how),
            2 => other.into_iter().for_each(|name| remove(&mut next, &name, number(how, side))),
            3 => member(&mut next, other, |it| {
                it.role = if it.role == Role::Admin { Role::Member } else { Role::Admin };
            }),
            4 => member(&mut next, other, |it| it.write = vec![scope]),
            5 => with_version(&mut next.keys[0], number(how, side)),
            6 => {
                let id = KeyId([if how % 4 == 0 { 9 } else { 20 + side }; 16]);
                let name = format!("k{}", how % 2).parse().unwrap();
                if next.key(&name).is_none() {
                    next.keys.push(new_key(name, id, number(how, side)));
                }
            }
            7 => {
                next.keys.iter_mut().for_each(|rule| rule.scopes.retain(|it| *it != scope));
                let last = next.keys.len() - 1;
                next.keys[usize::from(how) % (last + 1)].scopes.push(scope);
            }
            8 => next.label = format!("{}", how % 3),
            9 => {
                let last = next.keys.len() - 1;
                other.into_iter().for_each(|name| shut_out(&mut next.keys[last], &name, number(how, side)));
            }
            10 | 11 => {
                let at = usize::from(how) % next.keys.len();
                let new = other.filter(|name| !next.keys[at].readers.contains(name));
                next.keys[at].readers.extend(new);
            }
            _ => next.keys[0].taint("known"),
        }
        if next != self.end {
            self.follow(place, next);
        }
    }

    fn follow(&mut self, place: &Place, mut next: Trust) {
        next.rev = self.end.rev + 1;
        next.prev = Some(sha256(&self.files[&self.end.rev]));
        next.created = Timestamp::from_unix(self.end.created.unix() + 1);
        next.by = "alice".parse().unwrap();
        let vault = place.vault.id();
        let body = emit_trust(&next, &vault);
        if parse_trust(body.as_bytes(), &vault).is_err() {
            return;
        }
        let signature = place.alice.sign(&document_message(&vault.0, &trust_path(next.rev), body.as_bytes()));
        let file = trailer::join(&body, &next.by, &place.alice.public().fingerprint(), &signature);
        self.files.insert(next.rev, file);
        self.states.push(next.clone());
        self.end = next;
    }

    fn memory(&self) -> Arc<Memory> {
        Arc::new(Memory::new("branch", self.files.iter().map(|(rev, file)| (trust_path(*rev), file.clone()))))
    }
}

fn add(trust: &mut Trust, how: u8) {
    let number = how % 4;
    let name: MemberName = format!("m{}", how / 4 % 3).parse().unwrap();
    let sign = SigningKey::from_seed(&Zeroizing::new([number + 1; 32])).public().bytes();
    let recipients = vec![RECIPIENTS[usize::from(number)].to_owned()];
    let new = Member { name, role: Role::Member, sign, recipients, write: vec![] };
    let print = fingerprint_of(&new).unwrap();
    let taken = |it: &Member| it.name == new.name || it.sign == new.sign;
    let gone = |it: &Former| it.name == new.name || it.fingerprint == print;
    if !trust.members.iter().any(taken) && !trust.former.iter().any(gone) {
        trust.members.push(new);
    }
}

/// The number of a new version. Now and then both sides have the same one, as after a merge that was half pulled.
fn number(how: u8, side: u8) -> u64 {
    let side = if how % 4 == 0 { 0 } else { side };
    1 << 63 | u64::from(side) << 16 | u64::from(how)
}

fn with_version(key: &mut Key, number: u64) {
    if key.version(number).is_some() || key.versions.len() > 9 {
        return;
    }
    let material = KeyMaterial::new(&[7; 32], &[1; 32], &key.id.0, number);
    key.versions.push(KeyVersion {
        number,
        created: Timestamp::from_unix(1_800_000_000 + i64::try_from(number & 0xff).unwrap()),
        state: VersionState::Enabled,
        taint: String::new(),
        check: material.check(),
        seal: material.seal_recipient(),
    });
    key.current = number;
}

fn new_key(name: vault::model::name::KeyName, id: KeyId, number: u64) -> Key {
    let mut key = Key {
        name,
        id,
        state: KeyState::Enabled,
        description: String::new(),
        codec: Codec::Xc1,
        suite: Suite::Classic,
        scopes: vec![],
        readers: vec!["alice".parse().unwrap()],
        current: 0,
        versions: vec![],
        floor: 1,
    };
    with_version(&mut key, number);
    key
}

/// As a revocation does it: what the member could open seals nothing any more.
fn shut_out(key: &mut Key, name: &MemberName, number: u64) {
    if key.readers.contains(name) {
        key.readers.retain(|reader| reader != name);
        key.taint("revoked");
        with_version(key, number);
    }
}

fn remove(trust: &mut Trust, name: &MemberName, number: u64) {
    let Some(at) = trust.members.iter().position(|it| it.name == *name) else { return };
    let member = trust.members.remove(at);
    trust.keys.iter_mut().for_each(|key| shut_out(key, name, number));
    trust.former.push(Former { name: member.name.clone(), fingerprint: fingerprint_of(&member).unwrap() });
}

fn member(trust: &mut Trust, name: Option<MemberName>, change: impl FnOnce(&mut Member)) {
    if let Some(member) = trust.members.iter_mut().find(|it| Some(&it.name) == name.as_ref()) {
        change(member);
    }
}

/// The directory of the chain as a merge leaves it: what both sides have, and nothing else.
fn lay_out(place: &Place, kept: &Branch, moved: &Branch) {
    let directory = place.vault.path().join("trust");
    std::fs::remove_dir_all(&directory).unwrap();
    std::fs::create_dir(&directory).unwrap();
    for (rev, file) in kept.files.iter().filter(|(rev, file)| moved.files.get(rev) == Some(file)) {
        std::fs::write(place.vault.path().join(trust_path(*rev)), file).unwrap();
    }
}

/// The chain of `moved` on top of `kept`; `None` if one continues the other.
fn rebased(place: &Place, kept: &Branch, moved: &Branch) -> Option<Result<Trust, Vec<Conflict>>> {
    lay_out(place, kept, moved);
    let vault = opened_at(place, ChainSource::Branch(kept.memory()));
    match vault.plan_rebase(&*kept.memory(), &*moved.memory(), None).unwrap()? {
        RebaseOutcome::Conflicts(conflicts) => Some(Err(conflicts)),
        RebaseOutcome::Planned(plan) => {
            vault.rebase(&plan, kept.end.created).unwrap();
            // What was written is verified from the genesis on.
            let end = opened_at(place, ChainSource::Rewritten).trust().trust.clone();
            assert_eq!(end, vault.trust().trust);
            assert!(end.rev >= kept.end.rev.max(moved.end.rev), "documents were written under a later snapshot");
            Some(Ok(end))
        }
    }
}

fn check(end: &Trust, base: &Trust, sides: [&Trust; 2]) {
    assert!(end.member(&"alice".parse().unwrap()).is_some_and(|it| it.role == Role::Admin));
    for side in sides {
        for former in &side.former {
            assert!(end.former.contains(former), "somebody is no former member any more");
            let back = end.members.iter().any(|it| fingerprint_of(it).unwrap() == former.fingerprint);
            let kept = side.members.iter().any(|it| fingerprint_of(it).unwrap() == former.fingerprint);
            assert!(!back || kept, "{} is back", former.name);
        }
        for key in &side.keys {
            let kept = end.key(&key.name).expect("a key is lost");
            assert!(kept.id == key.id, "another key is here");
            for version in &key.versions {
                let now = kept.version(version.number).expect("a version is lost");
                assert_eq!((now.check, &now.seal, now.created), (version.check, &version.seal, version.created));
                assert!(now.state >= version.state, "a version is cleansed");
            }
        }
        for member in base.members.iter().filter(|it| side.member(&it.name).is_none()) {
            assert_ne!(end.member(&member.name), Some(member), "who was removed stayed");
        }
    }
    let scopes: Vec<&Scope> = end.keys.iter().flat_map(|rule| &rule.scopes).collect();
    assert_eq!(scopes.len(), scopes.iter().collect::<BTreeSet<_>>().len(), "a scope belongs to two keys");
}

/// Readers and versions of each key come from the sides, and what seals is known to no former reader.
fn check_keys(end: &Trust, base: &Trust, sides: [&Branch; 2]) {
    for key in &end.keys {
        let of = |trust: &'_ Trust| trust.key(&key.name).cloned();
        let ends: Vec<Key> = sides.iter().filter_map(|side| of(&side.end)).collect();
        for reader in &key.readers {
            let granted = |side: &&Branch| side.states.iter().filter_map(of).any(|it| it.readers.contains(reader));
            assert!(sides.iter().any(granted), "{reader} comes from nowhere");
            // Granted again is granted.
            let revoked = |side: &&Branch| of(&side.end).is_some_and(|it| !it.readers.contains(reader));
            let unchanged =
                |side: &&Branch| side.states.iter().all(|it| of(it).is_some_and(|it| it.readers.contains(reader)));
            let was = of(base).is_some_and(|it| it.readers.contains(reader));
            let is_back = was && sides.iter().any(revoked) && sides.iter().any(unchanged);
            assert!(!is_back, "{reader} keeps a key that one side took");
        }
        for version in &key.versions {
            assert!(ends.iter().any(|side| side.version(version.number).is_some()), "a version from nowhere");
            let known = sides.iter().flat_map(|side| &side.states).filter_map(of);
            let known: Vec<MemberName> =
                known.filter(|it| it.version(version.number).is_some()).flat_map(|it| it.readers).collect();
            let is_safe = known.iter().all(|name| key.readers.contains(name));
            assert!(version.state != VersionState::Enabled || is_safe, "{:016x} is known", version.number);
        }
    }
}

fn try_rebase(place: &Place, input: &[u8]) -> Option<()> {
    let last = trailer::normalise(CHAIN[CHAIN.len() - 1].to_vec()).ok()?;
    let end = parse_trust(trailer::split(&last).ok()?.body, &place.vault.id()).ok()?;
    let files = (1..).zip(CHAIN).map(|(rev, file)| (rev, file.to_vec())).collect();
    let base = Branch { states: vec![end.clone()], end, files };
    let mut branches = [base.clone(), base.clone(), base];
    let mut is_base = true;
    for (number, change) in input.chunks_exact(2).take(16).enumerate() {
        // The high bit of the first byte says which side. Changes to the base come before those and are in both.
        let side = change[0] >> 7;
        is_base &= number < 4 && side == 1;
        if is_base {
            branches[0].change(place, change[0], change[1], 0);
            branches = [branches[0].clone(), branches[0].clone(), branches[0].clone()];
        } else {
            branches[1 + usize::from(side)].change(place, change[0], change[1], 1 + side);
        }
    }
    let [base, ours, theirs] = &branches;
    // Step by step, one direction may meet a conflict that the other one does not.
    for (kept, moved) in [(ours, theirs), (theirs, ours)] {
        if let Some(Ok(end)) = rebased(place, kept, moved) {
            check(&end, &base.end, [&kept.end, &moved.end]);
            check_keys(&end, &base.end, [kept, moved]);
        }
    }
    Some(())
}

fuzz_target!(|input: &[u8]| {
    PLACE.with(|place| try_rebase(place, input).is_some());
});
