//! One change of members and keys, reapplied on top of other changes.

use std::collections::{BTreeMap, BTreeSet};

use super::context::{Conflict, MergeContext, Merged, Side, Sides};
use super::trust_key::merged_key;
use crate::model::key::Key;
use crate::model::name::{KeyName, MemberName};
use crate::model::team::MEMBERS_LIMIT;
use crate::model::trust::{Former, Member, Role, Scope, Trust};

/// Computes the fingerprint of a member's signing key.
pub(crate) type Fingerprint<'a> = &'a dyn Fn(&Member) -> [u8; 8];

/// Reapplies the change from `base` to `ours` on top of `theirs`. Number, hash, time and author of the snapshot are the
/// caller's.
///
/// The versions of keys and the removed members are those of both sides. A member whom the other side removed comes back
/// only if `prefer` says so.
pub(crate) fn merge_trust(
    base: &Trust,
    ours: &Trust,
    theirs: &Trust,
    prefer: Option<Side>,
    fingerprint: Fingerprint<'_>,
) -> Result<Merged<Trust>, Vec<Conflict>> {
    let sides = Sides { base: Some(base), ours, theirs };
    let mut context = MergeContext::new(prefer);
    let label = context.field("the label", sides.map(|it| &it.label)).clone();
    let members = members(&mut context, sides);
    returned(&mut context, &members, ours, theirs, fingerprint);
    distinct(&mut context, &members);
    let keys = keys(&mut context, sides, &members);
    let format_floor = ours.format_floor.max(theirs.format_floor);
    let former = former(ours, theirs);
    let settings = context.field("the settings", sides.map(|it| &it.settings)).clone();
    let extra = context.extra(sides.map(|it| &it.extra));
    context.finish(Trust { label, format_floor, members, keys, former, settings, extra, ..theirs.clone() })
}

/// Whether a snapshot by this author is valid together with the other side, which ends with `other`: it is not if the
/// other side has removed the author's rights.
pub(crate) fn may_stand(author: &MemberName, base: &Trust, other: &Trust) -> bool {
    let admin = |trust: &Trust| trust.member(author).filter(|member| member.role == Role::Admin).map(|it| it.sign);
    admin(base).is_none_or(|before| admin(other) == Some(before))
}

fn members(context: &mut MergeContext, sides: Sides<&Trust>) -> Vec<Member> {
    let by_name = |trust: &Trust| trust.members.iter().map(|member| (member.name.clone(), member.clone())).collect();
    let decided = context.map(sides.map(by_name), |name| format!("the member `{name}`"));
    in_order(decided, &sides.theirs.members, &sides.ours.members, |member| &member.name)
}

/// The existing ones, in the order of one side, then of the other.
fn in_order<K: Ord + Clone, T>(mut decided: BTreeMap<K, T>, first: &[T], then: &[T], key: impl Fn(&T) -> &K) -> Vec<T> {
    first.iter().chain(then).filter_map(|it| decided.remove(key(it))).collect()
}

/// A member of ours whose name or signing key the other side has removed does not come back automatically.
fn returned(
    context: &mut MergeContext,
    members: &[Member],
    ours: &Trust,
    theirs: &Trust,
    fingerprint: Fingerprint<'_>,
) {
    for member in members.iter().filter(|member| theirs.member(&member.name) != Some(member)) {
        let print = fingerprint(member);
        let is_it = |former: &&Former| former.name == member.name || former.fingerprint == print;
        let gone = theirs.former.iter().filter(is_it).any(|former| !ours.former.contains(former));
        if gone && context.prefer != Some(Side::Ours) {
            context.conflict(format!("`{}` was removed by one side and added by the other", member.name));
        }
    }
}

/// The rules for members, whichever side they come from; these are not conflicts that a person could decide.
fn distinct(context: &mut MergeContext, members: &[Member]) {
    for (at, member) in members.iter().enumerate() {
        let shares = |other: &&Member| {
            other.sign == member.sign || other.recipients.iter().any(|it| member.recipients.contains(it))
        };
        if let Some(other) = members[..at].iter().find(shares) {
            context.conflict(format!("`{}` and `{}` share a key", other.name, member.name));
        }
    }
    if members.len() > MEMBERS_LIMIT {
        context.conflict(format!("a vault has at most {MEMBERS_LIMIT} members"));
    }
    if !members.iter().any(|member| member.role == Role::Admin) {
        context.conflict("no admin would be left");
    }
}

/// Every key of both sides. A scope goes where one side moved it.
fn keys(context: &mut MergeContext, sides: Sides<&Trust>, members: &[Member]) -> Vec<Key> {
    let Sides { base, ours, theirs } = sides;
    let mut all: BTreeMap<KeyName, Key> = BTreeMap::new();
    let new = ours.keys.iter().filter(|key| theirs.key(&key.name).is_none());
    for key in theirs.keys.iter().chain(new) {
        let name = &key.name;
        // What one side alone has loses the members whom the other one removed.
        let (mine, other) = (ours.key(name).unwrap_or(key), theirs.key(name).unwrap_or(key));
        let merged = if mine.id == other.id {
            let sides = Sides { base: base.and_then(|base| base.key(name)), ours: mine, theirs: other };
            merged_key(context, sides, members)
        } else {
            // Each has its own document and values: taking one side would lose the other's.
            context.conflict(format!("both sides created a key `{name}`"));
            other.clone()
        };
        all.insert(name.clone(), merged);
    }
    let places = |trust: &Trust| {
        let of = |key: &Key| key.scopes.iter().map(|it| (it.clone(), key.name.clone())).collect::<Vec<_>>();
        trust.keys.iter().flat_map(of).collect::<BTreeMap<Scope, KeyName>>()
    };
    let places = context.map(sides.map(places), |scope| format!("the key of `{scope}`"));
    let order = |name: &KeyName| {
        let both = [theirs.key(name), ours.key(name)];
        both.into_iter().flatten().flat_map(|key| key.scopes.clone()).collect::<Vec<_>>()
    };
    for key in all.values_mut() {
        let mut left: BTreeSet<&Scope> =
            places.iter().filter(|(_, name)| **name == key.name).map(|(it, _)| it).collect();
        // Known scopes keep their order; a scope that moved to this key from elsewhere goes last.
        key.scopes = order(&key.name).into_iter().filter(|scope| left.remove(scope)).collect();
        key.scopes.extend(left.into_iter().cloned());
    }
    in_order(all, &theirs.keys, &ours.keys, |key| &key.name)
}

fn former(ours: &Trust, theirs: &Trust) -> Vec<Former> {
    let mut all = theirs.former.clone();
    all.extend(ours.former.iter().filter(|former| !theirs.former.contains(former)).cloned());
    all
}
