//! Random histories of two clones: puts, grants, revocations and new versions of a key in any order, merged again and again. Every
//! reader reads every value, and what is put after a revocation is closed to who was revoked, whatever they kept. So it is
//! if somebody who can push brings old files back on the way: each is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::world::{Person, World, now, parameter, policy, put, values};
use crate::crypto::wrap::unwrap;
use crate::engine::{AnyDocument, ChainSource, MergeOutcome, RebaseOutcome, Sides, Vault};
use crate::model::merge::Side;
use crate::model::name::{KeyName, MemberName};
use crate::model::parameter::Content;

const HISTORIES: u64 = 12;
const ROUNDS: u64 = 3;
const KEY: &str = "keys/default.yaml";
const NAMES: [&str; 2] = ["/app/a", "/app/b"];

fn key() -> KeyName {
    "default".parse().unwrap()
}

/// The same numbers for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// A value that was put while some members were no readers.
struct Closed {
    version: u64,
    to: BTreeSet<usize>,
}

/// Two clones, and what is known about them.
struct History {
    dice: Dice,
    clones: [World; 2],
    people: Vec<Person>,
    put: u64,
    closed: Vec<Closed>,
    /// The versions of the key that each of the people has ever been able to open.
    known: BTreeMap<usize, BTreeSet<u64>>,
    /// Wraps that were tried.
    tried: BTreeSet<String>,
    /// Every state of a document that both clones have had, if somebody brings them back.
    kept: Option<BTreeMap<String, Vec<Vec<u8>>>>,
    /// Old files that were brought back and refused.
    refused: u64,
}

impl History {
    fn new(seed: u64) -> History {
        let world = World::new();
        let people = vec![world.join("bob", &["default"]), world.join("carol", &["default"]), world.join("dave", &[])];
        for (number, name) in (1..).zip(NAMES) {
            put(&world.open(&world.alice), name, &format!("value {number}"));
        }
        let clones = [world.clone_elsewhere(), world.clone_elsewhere()];
        let dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let (known, tried) = (BTreeMap::new(), BTreeSet::new());
        let put = NAMES.len() as u64;
        History { dice, clones, people, put, closed: Vec::new(), known, tried, kept: None, refused: 0 }
    }

    fn vault(&self, at: usize) -> Vault<'static> {
        self.clones[at].open(&self.clones[at].alice)
    }

    fn readers(&self, at: usize) -> BTreeSet<usize> {
        let readers = self.vault(at).key(&key()).unwrap().readers.clone();
        let is_reader = |person: &Person| readers.iter().any(|reader| reader.as_str() == person.name);
        (0..self.people.len()).filter(|number| is_reader(&self.people[*number])).collect()
    }

    /// One change in one of the clones.
    fn change(&mut self, at: usize) {
        let vault = self.vault(at);
        let number = usize::try_from(self.dice.below(3)).unwrap();
        let member: MemberName = self.people[number].name.parse().unwrap();
        let is_reader = self.readers(at).contains(&number);
        match self.dice.below(8) {
            0 => vault.rotate_key(&key(), &policy(), now()).unwrap(),
            1 | 2 if is_reader => vault.revoke(&key(), &[member], &policy(), now()).unwrap(),
            1..=3 if !is_reader => {
                vault.grant(&key(), &[member], &policy(), now()).unwrap();
                self.opened_to(number);
            }
            _ => self.put_value(at),
        }
        self.learn(at);
    }

    /// Who gets the key gets everything under it.
    fn opened_to(&mut self, number: usize) {
        for closed in &mut self.closed {
            closed.to.remove(&number);
        }
    }

    fn put_value(&mut self, at: usize) {
        let name = NAMES[usize::try_from(self.dice.below(2)).unwrap()];
        self.put += 1;
        let vault = self.vault(at);
        put(&vault, name, &format!("value {}", self.put));
        let latest = vault.parameter(&parameter(name), now()).unwrap();
        let Some(Content::Sealed(sealed)) = latest.versions.last().map(|version| &version.content) else { panic!() };
        let readers = self.readers(at);
        let to = (0..self.people.len()).filter(|number| !readers.contains(number)).collect();
        self.closed.push(Closed { version: sealed.key.number, to });
    }

    /// Everybody keeps what they can open of the document that is there.
    fn learn(&mut self, at: usize) {
        let document = self.vault(at).key_document(&key()).unwrap();
        for wrap in &document.wraps {
            if !self.tried.insert(wrap.wrapped.clone()) {
                continue;
            }
            for (number, person) in self.people.iter().enumerate() {
                if unwrap(&wrap.wrapped, &person.identity()).is_ok() {
                    self.known.entry(number).or_default().insert(wrap.number);
                }
            }
        }
    }

    /// Somebody with push rights keeps every file that both clones have had.
    fn keep(&mut self, at: usize) {
        let Some(kept) = &mut self.kept else { return };
        let files = &self.clones[at].files;
        for path in files.paths().into_iter().filter(is_document) {
            let state = files.get(&path).unwrap();
            let states = kept.entry(path).or_default();
            if !states.contains(&state) {
                states.push(state);
            }
        }
    }

    /// They commit an old file on one of the branches. By the chain of that branch, as a sync judges each commit, it is refused.
    fn attack(&mut self, at: usize, base: &World) {
        let Some(kept) = &self.kept else { return };
        let path = [KEY, "params/app/a.yaml", "params/app/b.yaml"][usize::try_from(self.dice.below(3)).unwrap()];
        let states = &kept[path];
        let old = &states[usize::try_from(self.dice.below(states.len() as u64)).unwrap()];
        let honest = self.clones[at].files.get(path).unwrap();
        if *old == honest {
            return;
        }
        let vault = self.vault(at);
        let before = [base.files.get(path).unwrap(), honest];
        let judged = vault.check_side(path, (Side::Theirs, old), before.iter().map(Vec::as_slice));
        assert!(judged.is_err(), "an old {path} is taken for a change");
        self.refused += 1;
    }

    /// The clones become one again: the chain of one on top of the other's, then every document.
    fn merge(&mut self, base: &World) {
        let kept = usize::try_from(self.dice.below(2)).unwrap();
        let [ours, theirs] = [&self.clones[kept], &self.clones[1 - kept]];
        let common = |path: &String| ours.files.get(path) == theirs.files.get(path);
        let of_ours = ours.files.paths().into_iter().filter(|path| !path.starts_with("trust/") || common(path));
        let merged = ours.with(of_ours.map(|path| (path.clone(), ours.files.get(&path).unwrap())));
        let kept_chain: Arc<dyn crate::store::Files> = ours.files.clone();
        let vault = merged.open_at(&merged.alice, ChainSource::Branch(kept_chain));
        match vault.plan_rebase(&*ours.files, &*theirs.files, None).unwrap() {
            Some(RebaseOutcome::Planned(plan)) => drop(vault.rebase(&plan, now()).unwrap()),
            Some(RebaseOutcome::Conflicts(conflicts)) => panic!("{conflicts:?}"),
            None => copy_trust(ours, &merged),
        }
        drop(vault);
        merge_documents(base, [ours, theirs], &merged);
        merged.open(&merged.alice).finish_keys(&policy(), now()).unwrap();
        self.clones = [merged.clone_elsewhere(), merged];
        for number in self.readers(0) {
            self.opened_to(number);
        }
        self.learn(0);
    }

    fn check(&mut self) {
        let vault = self.vault(0);
        assert_eq!(vault.unfinished_keys().unwrap(), []);
        self.clones[0].assert_valid();
        let mut all = BTreeSet::new();
        for name in NAMES {
            let expected = values(&vault, name);
            for number in self.readers(0) {
                let theirs = self.clones[0].open(&self.people[number]);
                assert_eq!(values(&theirs, name), expected, "{} reads every value", self.people[number].name);
            }
            all.extend(expected);
        }
        assert_eq!(all.len() as u64, self.put, "a value is lost");
        self.put_value(0);
        let exposed = |number: usize, closed: &Closed| {
            closed.to.contains(&number) && self.known.get(&number).is_some_and(|known| known.contains(&closed.version))
        };
        let state = |version| vault.key(&key()).unwrap().version(version).map(|it| it.state);
        for closed in &self.closed {
            for number in 0..self.people.len() {
                // Granted in one clone while it was put in the other: then the version is tainted, and the value is listed.
                let is_told = state(closed.version) == Some(crate::model::key::VersionState::Tainted);
                assert!(!exposed(number, closed) || is_told, "{} reads what is closed", self.people[number].name);
            }
        }
        let last = self.closed.last().unwrap();
        assert!((0..self.people.len()).all(|number| !exposed(number, last)), "a former reader reads what is new");
        self.clones[1] = self.clones[0].clone_elsewhere();
    }
}

fn copy_trust(from: &World, to: &World) {
    for path in from.files.paths().into_iter().filter(|path| path.starts_with("trust/")) {
        to.files.set(&path, from.files.get(&path).unwrap());
    }
}

/// Every document that both sides changed is merged; the others are taken from the side that changed them.
fn merge_documents(base: &World, [ours, theirs]: [&World; 2], merged: &World) {
    let vault = merged.open(&merged.alice);
    let paths: BTreeSet<String> =
        ours.files.paths().into_iter().chain(theirs.files.paths()).filter(is_document).collect();
    for path in paths {
        let [old, our, their] = [base, ours, theirs].map(|world| world.files.get(&path));
        match (our, their) {
            (Some(our), Some(their)) if our != their && old.as_ref() != Some(&our) && old.as_ref() != Some(&their) => {
                let sides = Sides::new(old.as_deref(), &our, &their);
                match vault.merge(&path, sides, None, Some(&policy())).unwrap() {
                    MergeOutcome::Merged { bytes, .. } => vault.place_merged(&[(path, bytes)], now()).unwrap(),
                    MergeOutcome::Conflicts(conflicts) => panic!("{path}: {conflicts:?}"),
                }
            }
            (our, Some(their)) if our.is_none() || old == our => merged.files.set(&path, their),
            _ => {}
        }
    }
    assert!(matches!(vault.document_at(KEY, &merged.files.get(KEY).unwrap()), Ok(AnyDocument::Key(_))));
}

fn is_document(path: &String) -> bool {
    path == KEY || (path.starts_with("params/") && !path.contains("/."))
}

#[test]
fn readers_read_everything_and_former_readers_nothing_new() {
    run(false);
}

#[test]
fn so_it_is_if_somebody_brings_old_files_back() {
    assert!(run(true) > HISTORIES, "hardly anything was tried");
}

/// Returns how many old files were brought back.
fn run(is_attacked: bool) -> u64 {
    let (mut changes, mut refused) = (0, 0);
    for seed in 1..=HISTORIES {
        println!("history {seed}");
        let mut history = History::new(seed);
        history.kept = is_attacked.then(BTreeMap::new);
        history.learn(0);
        for _ in 0..ROUNDS {
            let base = history.clones[0].clone_elsewhere();
            history.keep(0);
            for at in [0, 1] {
                for _ in 0..=history.dice.below(4) {
                    history.change(at);
                    changes += 1;
                }
            }
            for at in [0, 1, 0, 1] {
                history.attack(at, &base);
            }
            history.merge(&base);
            history.check();
        }
        refused += history.refused;
    }
    println!("{HISTORIES} histories with {changes} changes, {} merges and {refused} old files", HISTORIES * ROUNDS);
    refused
}
