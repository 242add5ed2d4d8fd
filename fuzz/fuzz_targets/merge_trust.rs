//! F15: two branches that both went on with the trust chain. The input is a row of changes to two states that come from one; each
//! is a signed snapshot, and one chain is rebased onto the other in both directions. What comes out is a chain that verifies
//! and says what both said, or a conflict; a second rebase has nothing to do; and nobody who was removed is back.

#![no_main]

mod place;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use place::{Place, opened_at, place};
use vault::crypto::framing::{document_message, sha256};
use vault::crypto::sign::SigningKey;
use vault::engine::{ChainSource, RebaseOutcome, fingerprint_of};
use vault::format::path::trust_path;
use vault::format::schema::{emit_trust, parse_trust};
use vault::format::trailer;
use vault::model::id::KeyId;
use vault::model::merge::Conflict;
use vault::model::name::MemberName;
use vault::model::time::Timestamp;
use vault::model::trust::{Former, KeyRule, Member, Role, Scope, Trust};
use vault::store::Memory;
use zeroize::Zeroizing;

const GENESIS: &[u8] = include_bytes!("../../tests/fixture/vault/trust/000001.yaml");
/// Recipients of members that nobody wraps for here.
const RECIPIENTS: [&str; 4] = ["age1aa", "age1bb", "age1cc", "age1dd"];

thread_local! {
    static PLACE: Place = place();
}

/// One branch: its last state, and its files.
#[derive(Clone)]
struct Branch {
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
        match what % 9 {
            0 | 1 => add(&mut next, how),
            2 => other.into_iter().for_each(|name| remove(&mut next, &name)),
            3 => member(&mut next, other, |it| {
                it.role = if it.role == Role::Admin { Role::Member } else { Role::Admin };
            }),
            4 => member(&mut next, other, |it| it.write = vec![scope]),
            5 => next.keys.iter_mut().take(1).for_each(|rule| rule.floor += u64::from(how % 3)),
            6 => {
                let id = KeyId([if how % 4 == 0 { 9 } else { 20 + side }; 16]);
                let name = format!("k{}", how % 2).parse().unwrap();
                if next.key(&name).is_none() {
                    next.keys.push(KeyRule { name, id, floor: 1, scopes: vec![] });
                }
            }
            7 => {
                next.keys.iter_mut().for_each(|rule| rule.scopes.retain(|it| *it != scope));
                let last = next.keys.len() - 1;
                next.keys[usize::from(how) % (last + 1)].scopes.push(scope);
            }
            _ => next.label = format!("{}", how % 3),
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

fn remove(trust: &mut Trust, name: &MemberName) {
    let Some(at) = trust.members.iter().position(|it| it.name == *name) else { return };
    let member = trust.members.remove(at);
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
        for rule in &side.keys {
            let kept = end.key(&rule.name).expect("a key is lost");
            assert!(kept.id == rule.id && kept.floor >= rule.floor, "a floor sank, or another key is here");
        }
        for member in base.members.iter().filter(|it| side.member(&it.name).is_none()) {
            assert_ne!(end.member(&member.name), Some(member), "who was removed stayed");
        }
    }
    let scopes: Vec<&Scope> = end.keys.iter().flat_map(|rule| &rule.scopes).collect();
    assert_eq!(scopes.len(), scopes.iter().collect::<BTreeSet<_>>().len(), "a scope belongs to two keys");
}

fn try_rebase(place: &Place, input: &[u8]) -> Option<()> {
    let genesis = trailer::normalise(GENESIS.to_vec()).ok()?;
    let end = parse_trust(trailer::split(&genesis).ok()?.body, &place.vault.id()).ok()?;
    let base = Branch { end, files: [(1, GENESIS.to_vec())].into() };
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
        }
    }
    Some(())
}

fuzz_target!(|input: &[u8]| {
    PLACE.with(|place| try_rebase(place, input).is_some());
});
