//! Whether one chain of snapshots says everything that another one says, which forks off from it.
//!
//! After two branches changed members or keys, `trust rebase` makes the changes of one again on top of the other. The
//! result does not contain the snapshots of the losing side, but all that they say. A machine that has verified the
//! losing side may follow such a chain, and no other.

use super::trust::{Fingerprint, may_stand, merge_trust};
use crate::model::trust::Trust;

/// Whether `chain`, the snapshots after `base`, says everything that `other` says, which also comes after `base`.
///
/// Each snapshot must be by somebody whose right `other` has not revoked. One of them must say everything; what the
/// later ones change is a change like any other.
pub(crate) fn says_all_of(base: &Trust, chain: &[Trust], other: &Trust, fingerprint: Fingerprint<'_>) -> bool {
    let says_all = |state: &Trust| {
        merge_trust(base, other, state, None, fingerprint).is_ok_and(|merged| merged.document == *state)
    };
    chain.iter().all(|snapshot| may_stand(&snapshot.by, base, other)) && chain.iter().any(says_all)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::id::KeyId;
    use crate::model::key::{Key, KeyVersion};
    use crate::model::trust::{Former, Member, Role};
    use crate::model::trust_sample::{key, member, trust};

    fn fingerprint(member: &Member) -> [u8; 8] {
        [member.sign[0]; 8]
    }

    fn says(base: &Trust, chain: &[Trust], other: &Trust) -> bool {
        says_all_of(base, chain, other, &fingerprint)
    }

    /// Ana and bob are admins, carol is a member; there is one key.
    fn base() -> Trust {
        let people = [("ana", Role::Admin, 1), ("bob", Role::Admin, 2), ("carol", Role::Member, 3)];
        let members = people.map(|(name, role, number)| member(name, role, number)).into();
        let readers = ["ana", "bob", "carol"].map(|name| name.parse().unwrap()).into();
        trust(members, vec![Key { readers, ..key("default", &[1], &["parameter:/"]) }])
    }

    /// A change of members or keys. None of them touches ana.
    #[derive(Debug, Clone)]
    enum Step {
        Add(u8),
        Remove(usize),
        Renew(u64),
        NewKey(u8),
        Label(u8),
        Demote,
    }

    impl Step {
        fn after(&self, before: &Trust) -> Trust {
            let mut next = Trust { rev: before.rev + 1, ..before.clone() };
            match *self {
                Step::Add(number) => {
                    let new = member(&format!("m{number}"), Role::Member, 10 + number);
                    if next.members.iter().all(|it| it.name != new.name) {
                        next.members.push(new);
                    }
                }
                Step::Remove(at) if next.members.len() > 1 => {
                    let gone = next.members.remove(1 + at % (next.members.len() - 1));
                    let key = &mut next.keys[0];
                    key.readers.retain(|reader| *reader != gone.name);
                    renew(key, 100 + u64::from(gone.sign[0]));
                    next.former.push(Former { fingerprint: fingerprint(&gone), name: gone.name });
                }
                Step::Renew(number) => renew(&mut next.keys[0], number),
                Step::NewKey(number) => {
                    let name = format!("k{number}");
                    if next.keys.iter().all(|it| it.name.as_str() != name) {
                        let scope = format!("parameter:/{name}");
                        next.keys.push(Key { id: KeyId([number; 16]), ..key(&name, &[1], &[&scope]) });
                    }
                }
                Step::Label(number) => next.label = number.to_string(),
                Step::Demote => next.members.iter_mut().skip(1).for_each(|it| it.role = Role::Member),
                Step::Remove(_) => {}
            }
            next
        }
    }

    /// Taints what there is, and adds a version of that number.
    fn renew(it: &mut Key, number: u64) {
        if it.version(number).is_none() {
            it.taint("known");
            *it = it.clone().with_version(key("default", &[number], &[]).versions.remove(0));
        }
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0..4_u8).prop_map(Step::Add),
            (0..4_usize).prop_map(Step::Remove),
            (2..9_u64).prop_map(Step::Renew),
            (1..4_u8).prop_map(Step::NewKey),
            (0..3_u8).prop_map(Step::Label),
            Just(Step::Demote),
        ];
        prop::collection::vec(step, 0..5)
    }

    fn grown(base: &Trust, steps: &[Step]) -> Vec<Trust> {
        let mut chain = Vec::new();
        for step in steps {
            let next = step.after(chain.last().unwrap_or(base));
            chain.push(next);
        }
        chain
    }

    /// The changes of one chain made again on top of the other, all by ana.
    fn rebased(base: &Trust, kept: &[Trust], moved: &[Trust]) -> Option<Vec<Trust>> {
        let mut chain = kept.to_vec();
        let mut before = base;
        for snapshot in moved {
            let on = chain.last().unwrap_or(base);
            chain.push(merge_trust(before, snapshot, on, None, &fingerprint).ok()?.document);
            before = snapshot;
        }
        Some(chain)
    }

    proptest! {
        #[test]
        fn a_rebased_chain_says_all_of_both_sides(ours in steps(), theirs in steps()) {
            let base = base();
            let (ours, theirs) = (grown(&base, &ours), grown(&base, &theirs));
            if let (Some(chain), Some(end)) = (rebased(&base, &theirs, &ours), ours.last())
                && merge_trust(&base, end, chain.last().unwrap(), None, &fingerprint).is_ok()
            {
                prop_assert!(says(&base, &chain, end));
            }
        }

        #[test]
        fn what_says_all_cleanses_no_version_and_brings_nobody_back(ours in steps(), theirs in steps()) {
            let base = base();
            let (ours, theirs) = (grown(&base, &ours), grown(&base, &theirs));
            if let Some(end) = ours.last() && says(&base, &theirs, end) {
                let state = theirs.iter().rev().find(|state| says(&base, std::slice::from_ref(state), end)).unwrap();
                for key in &end.keys {
                    let same = state.keys.iter().find(|it| it.id == key.id).unwrap();
                    let is_worse = |version: &KeyVersion| same.version(version.number).unwrap().state >= version.state;
                    prop_assert!(key.versions.iter().all(is_worse));
                }
                prop_assert!(end.former.iter().all(|former| state.former.contains(former)));
                let removed = base.members.iter().filter(|it| end.member(&it.name).is_none());
                for gone in removed {
                    prop_assert!(state.member(&gone.name).is_none());
                }
            }
        }

        #[test]
        fn a_chain_says_all_of_its_own_beginning(steps in steps(), at in 0..5_usize) {
            let base = base();
            let chain = grown(&base, &steps);
            if let Some(earlier) = chain.get(at) {
                prop_assert!(says(&base, &chain, earlier));
            }
        }

        #[test]
        fn nobody_who_was_removed_may_go_on(steps in steps(), at in 0..5_usize) {
            let base = base();
            let end = Step::Remove(0).after(&base);
            // Everything that the others say, and something of bob's on top.
            let mut chain = grown(&end, &steps);
            chain.insert(0, end.clone());
            prop_assert!(says(&base, &chain, &end));
            let at = at.min(chain.len() - 1);
            chain[at].by = "bob".parse().unwrap();
            prop_assert!(!says(&base, &chain, &end));
        }
    }

    #[test]
    fn nothing_says_less_than_nothing() {
        assert!(!says(&base(), &[], &Step::Add(1).after(&base())));
        assert!(says(&base(), &[base()], &base()));
    }
}
