//! Merging two states of a key document.

use std::collections::{BTreeMap, BTreeSet};

use super::context::{Conflict, MergeContext, Merged, Side, head};
use crate::model::key::{Key, KeyState, KeyVersion};
use crate::model::name::MemberName;

/// A merged key. Its versions have the wrap of one side, which may not be for exactly its readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MergedKey {
    /// The key.
    pub key: Key,
    /// Those who could open a version on one side and are no longer readers.
    pub left: Vec<MemberName>,
}

/// Merges two states of a key with the common ancestor `base`.
///
/// Versions are matched by number, and the worse state of a version is used. A reader stays unless one side revoked
/// them. Two versions with the same number are different keys: only a person can choose one, because values under the
/// other can no longer be decrypted.
pub(crate) fn merge_keys(
    base: Option<&Key>,
    ours: &Key,
    theirs: &Key,
    prefer: Option<Side>,
) -> Result<Merged<MergedKey>, Vec<Conflict>> {
    let mut context = MergeContext::new(prefer);
    if ours.id != theirs.id || ours.name != theirs.name {
        context.conflict("both sides created it independently");
        return context.finish(MergedKey { key: ours.clone(), left: Vec::new() });
    }
    let versions = versions(&mut context, ours, theirs);
    let readers = readers(&mut context, base, ours, theirs);
    let described = |key: &Key| key.description.clone();
    let description =
        context.field("the description", base.map(described).as_ref(), &described(ours), &described(theirs));
    let codec = context.field("the codec", base.map(|base| base.codec).as_ref(), &ours.codec, &theirs.codec);
    let suite = context.field("the suite", base.map(|base| base.suite).as_ref(), &ours.suite, &theirs.suite);
    let left = ours.readers.iter().chain(&theirs.readers).filter(|reader| !readers.contains(reader));
    let left: BTreeSet<MemberName> = left.cloned().collect();
    let head = head(&mut context, base.map(|base| &base.head), &ours.head, &theirs.head);
    let key = Key {
        head,
        description,
        codec,
        suite,
        current: ours.current.max(theirs.current),
        readers,
        versions,
        ..ours.clone()
    };
    context.finish(MergedKey { key, left: left.into_iter().collect() })
}

fn versions(context: &mut MergeContext, ours: &Key, theirs: &Key) -> Vec<KeyVersion> {
    let mut all: BTreeMap<u64, KeyVersion> =
        theirs.versions.iter().map(|version| (version.number, version.clone())).collect();
    for version in &ours.versions {
        let merged = match all.get(&version.number) {
            None => version.clone(),
            Some(other) if other.check == version.check => worse(version, other).clone(),
            Some(other) => {
                let what = format!("both sides created version {} independently", version.number);
                context
                    .notes
                    .push(format!("values under the other version {} can no longer be decrypted", version.number));
                context.whole(&what, version, other)
            }
        };
        all.insert(version.number, merged);
    }
    if context.prefer.is_none() {
        context.notes.clear();
    }
    all.into_values().collect()
}

/// The state that trusts a version less.
fn worse<'a>(one: &'a KeyVersion, other: &'a KeyVersion) -> &'a KeyVersion {
    let rank = |version: &KeyVersion| match version.state {
        KeyState::Enabled => 0,
        KeyState::Tainted => 1,
        KeyState::Destroyed => 2,
    };
    if rank(other) > rank(one) { other } else { one }
}

fn readers(context: &mut MergeContext, base: Option<&Key>, ours: &Key, theirs: &Key) -> Vec<MemberName> {
    let reads = |key: &Key, reader: &MemberName| key.readers.contains(reader);
    let new = ours.readers.iter().filter(|reader| !reads(theirs, reader));
    let all = theirs.readers.iter().chain(new);
    let stays = all.filter(|reader| {
        let before = base.is_some_and(|base| reads(base, reader));
        context.field("a reader", Some(&before), &reads(ours, reader), &reads(theirs, reader))
    });
    stays.cloned().collect()
}
