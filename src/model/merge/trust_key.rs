//! Merging what two trust chains say of one key.

use super::context::MergeContext;
use crate::model::key::{Key, KeyState, KeyVersion, VersionState};
use crate::model::name::MemberName;
use crate::model::trust::Member;

/// The key with the versions of both sides, theirs first, each in its worse state. A reader stays unless one side revoked
/// them or the member is gone, and a version that such a reader could open on its side is tainted. That may leave no
/// version that seals: then an admin adds one.
pub(super) fn merged_key(
    context: &mut MergeContext,
    base: Option<&Key>,
    ours: &Key,
    theirs: &Key,
    members: &[Member],
) -> Key {
    let description =
        context.field("the description", base.map(|it| &it.description), &ours.description, &theirs.description);
    let codec = context.field("the codec", base.map(|it| &it.codec), &ours.codec, &theirs.codec);
    let suite = context.field("the suite", base.map(|it| &it.suite), &ours.suite, &theirs.suite);
    let state = state(context, base, ours, theirs);
    let mut readers = readers(context, base, ours, theirs);
    readers.retain(|reader| members.iter().any(|member| member.name == *reader));
    let mut versions = versions(context, ours, theirs);
    let left = |side: &Key, number| {
        side.version(number).is_some() && side.readers.iter().any(|reader| !readers.contains(reader))
    };
    for version in versions.iter_mut().filter(|version| version.state == VersionState::Enabled) {
        if left(ours, version.number) || left(theirs, version.number) {
            version.state = VersionState::Tainted;
            "two branches met: somebody who could open it is no reader any more".clone_into(&mut version.taint);
        }
    }
    let current = current(base, ours, theirs, &versions);
    let floor = ours.floor.max(theirs.floor);
    Key { state, description, codec, suite, readers, current, versions, floor, ..theirs.clone() }
}

/// Both sides that delete it leave it the longer window.
fn state(context: &mut MergeContext, base: Option<&Key>, ours: &Key, theirs: &Key) -> KeyState {
    match (base.map(|it| it.state), ours.state, theirs.state) {
        (before, KeyState::Deleting(one), KeyState::Deleting(other))
            if ![Some(ours.state), Some(theirs.state)].contains(&before) =>
        {
            KeyState::Deleting(one.max(other))
        }
        (before, ..) => context.field("whether it is enabled", before.as_ref(), &ours.state, &theirs.state),
    }
}

/// The one that a side made current. If both did, the newest that seals.
fn current(base: Option<&Key>, ours: &Key, theirs: &Key, versions: &[KeyVersion]) -> u64 {
    let before = base.map(|base| base.current);
    if ours.current == theirs.current || before == Some(ours.current) {
        return theirs.current;
    }
    if before == Some(theirs.current) {
        return ours.current;
    }
    let both = versions.iter().filter(|version| [ours.current, theirs.current].contains(&version.number));
    let best = both.max_by_key(|version| (version.state == VersionState::Enabled, version.created, version.number));
    best.map_or(theirs.current, |version| version.number)
}

fn versions(context: &mut MergeContext, ours: &Key, theirs: &Key) -> Vec<KeyVersion> {
    let mut all = theirs.versions.clone();
    for version in &ours.versions {
        match all.iter_mut().find(|other| other.number == version.number) {
            None => all.push(version.clone()),
            Some(other) if (other.check, &other.seal) != (version.check, &version.seal) => {
                context.conflict(format!("both sides have a different version {:016x}", version.number));
            }
            Some(other) if version.state > other.state => other.clone_from(version),
            Some(_) => {}
        }
    }
    all
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
